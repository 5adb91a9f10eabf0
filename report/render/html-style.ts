/** The look of the HTML report: light, dark and printed. Colour only repeats what words say. */

/**
 * Contrast of text to its ground is at least 4.5 (WCAG 2.2, 1.4.3). Printed, all that is folded is shown: `::details-content` (CSS Pseudo-Elements 4)
 * is what browsers hide of a closed `<details>`.
 */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--dim:#57606a;--line:#d0d7de;--raised:#f6f8fa;--link:#0550ae;--bad:#a40e26;--warn:#7a4b00;--good:#116329;--info:#0550ae}
@media screen and (prefers-color-scheme:dark){:root{--ground:#0d1117;--text:#e6edf3;--dim:#9aa5b1;--line:#3d444d;--raised:#161b22;--link:#79c0ff;--bad:#ff9492;--warn:#e3b341;--good:#7ee787;--info:#79c0ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:1rem;background:var(--ground);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:.5rem 0}
h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1rem 0 .25rem}
p,li,td,tbody th,summary,pre{overflow-wrap:anywhere}
b,thead th{white-space:nowrap}
a{color:var(--link)}
.dim{color:var(--dim)}
table{border-collapse:collapse;margin:.75rem 0;width:100%}
caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{border:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top}
th{background:var(--raised)}
.number{text-align:right;font-variant-numeric:tabular-nums}
code,pre{font:.875rem/1.45 ui-monospace,monospace}
pre{background:var(--raised);border:1px solid var(--line);padding:.5rem;white-space:pre-wrap}
ul,ol{padding-left:1.5rem}
details{border:1px solid var(--line);border-radius:.375rem;margin:.375rem 0}
details.copy{content-visibility:auto;contain-intrinsic-size:auto 2.5rem}
summary{padding:.375rem .625rem;cursor:pointer;background:var(--raised);border-radius:.375rem}
details>div{padding:.25rem 1rem 1rem}
b.bad{color:var(--bad)}
b.warn{color:var(--warn)}
b.good{color:var(--good)}
b.info{color:var(--info)}
meter{width:10rem;max-width:100%}
@media print{body{max-width:none;font-size:10pt}details.copy{content-visibility:visible}details::details-content{content-visibility:visible;display:block;height:auto}summary,tr,li{break-inside:avoid}h2,h3,summary{break-after:avoid}nav{display:none}}
`;
