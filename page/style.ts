/** What only the page has, behind the style of the report. */
export const PAGE_STYLE: string = `
#start,#working,.message{grid-column:1/-1}
#report{display:contents}
:focus-visible:is(main,#shown){outline:none}
.message{margin:1.2rem 0 0;padding:.7rem 1rem;border:1px solid var(--warn);border-radius:8px;background:var(--warn-wash);max-width:none}
.drop{margin:1.8rem 0;padding:2.6rem 1.6rem;border:2px dashed var(--faint);border-radius:12px;background:var(--sunk);text-align:center}
.drop p{margin-inline:auto}
.drop .row{justify-content:center}
.big{font-size:1.25rem;font-weight:650}
.file{position:relative}
.file input{position:absolute;inset:0;width:100%;opacity:0;cursor:pointer}
.file:focus-within{outline:2px solid var(--link);outline-offset:2px}
.file input:focus-visible{outline:none}
#about h2{display:inline;font-size:inherit;font-weight:inherit}
#pasted{width:100%;border:1px solid var(--faint);border-radius:6px;background:var(--raised);padding:.6rem .8rem;font:.85rem/1.5 ui-monospace,Menlo,Consolas,monospace}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem 2.5rem;margin-top:2.4rem}
.columns h2{font-size:1.05rem}
#chosen{font:inherit;color:inherit;background:var(--raised);border:1px solid var(--faint);border-radius:6px;padding:.35rem .6rem;max-width:100%}
#shown{margin-top:1.4rem;padding:.2rem 1.25rem 1.1rem;border:1px solid var(--line);border-radius:8px}
#shown h4{font-size:.95rem;color:var(--ink)}
.busy{cursor:progress}
@media print{.page-only,.message{display:none!important}}
`;
