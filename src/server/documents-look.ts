/** How Swagger UI looks here: the product's name and mark, and no bar that invites to open documents of others. */

/** Two links of a chain. */
const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 32" fill="none" stroke-width="5">
  <rect x="3" y="8" width="25" height="16" rx="8" stroke="#1f6feb"/>
  <path d="M28 8h9a8 8 0 0 1 0 16h-9a8 8 0 0 1-8-8" stroke="#f0883e"/>
</svg>`;

const style = `
.swagger-ui .topbar { display: none; }
.swagger-ui .info { margin: 24px 0 12px; }
.swagger-ui .info .title::before {
  content: ''; display: inline-block; width: 48px; height: 32px; margin-right: 12px; vertical-align: middle;
  background: url("data:image/svg+xml,${encodeURIComponent(mark)}") no-repeat center;
}
`;

export const documentsLook = {
  title: 'Zveno API',
  css: [{ filename: 'zveno.css', content: style }],
  favicon: [{ filename: 'zveno.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: mark }],
};
