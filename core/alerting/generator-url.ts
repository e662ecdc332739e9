/**
 * Where an expression can be looked at as a table, as Prometheus links to it; `''` when nobody said
 * where people reach this Hypervigil. Source: prometheus/util/strutil, TableLinkForExpression.
 */
export function generatorUrl(externalUrl: string, expr: string): string {
  if (externalUrl === '') return '';
  return `${externalUrl.replace(/\/+$/, '')}/graph?g0.expr=${queryEscape(expr)}&g0.tab=1`;
}

/** Go's url.QueryEscape: all but letters, digits and `-_.~`; a space as `+`. */
function queryEscape(text: string): string {
  // A lone surrogate cannot be encoded; Go has the replacement character there.
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
