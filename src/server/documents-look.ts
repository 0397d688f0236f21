/** How Swagger UI looks here: the product's name and mark, and no bar that invites to open documents of others. */
import { productMark } from './product-mark.ts';

const style = `
.swagger-ui .topbar { display: none; }
.swagger-ui .info { margin: 24px 0 12px; }
.swagger-ui .info .title::before {
  content: ''; display: inline-block; width: 48px; height: 32px; margin-right: 12px; vertical-align: middle;
  background: url("data:image/svg+xml,${encodeURIComponent(productMark)}") no-repeat center;
}
`;

export const documentsLook = {
  title: 'Zveno API',
  css: [{ filename: 'zveno.css', content: style }],
  favicon: [{ filename: 'zveno.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: productMark }],
};
