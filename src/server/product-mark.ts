/** The product's mark as SVG: two links of a chain. */
export const productMark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 32" fill="none" stroke-width="5">
  <rect x="3" y="8" width="25" height="16" rx="8" stroke="#1f6feb"/>
  <path d="M28 8h9a8 8 0 0 1 0 16h-9a8 8 0 0 1-8-8" stroke="#f0883e"/>
</svg>`;
