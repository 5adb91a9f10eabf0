/**
 * What a report does beyond being read: copy a command, switch light and dark, open all, sort and filter the table, follow a link
 * into what is folded. Plain JavaScript as text, because it goes into a file without a build of its own; it sets no HTML and
 * sends nothing, and without it everything can still be read. The page runs the same.
 */
export const SCRIPT: string = `
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const copy = (button) => {
    const text = button.previousElementSibling;
    const select = () => getSelection().selectAllChildren(text);
    const done = () => {
      const before = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = before; }, 1500);
    };
    if (navigator.clipboard === undefined) select();
    else navigator.clipboard.writeText(text.textContent).then(done, select);
  };
  const switchTheme = () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
  };
  const openAll = () => {
    const all = [...document.querySelectorAll("details")];
    const open = all.some((one) => !one.open);
    for (const one of all) one.open = open;
  };
  const sort = (button) => {
    const head = button.closest("th");
    const key = button.dataset.sort;
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = head.closest("table").tBodies[0];
    const { compare } = new Intl.Collator("en", { numeric: true });
    const rows = [...body.rows].map((row) => ({ row, value: row.dataset[key] }));
    rows.sort((a, b) => (up ? compare(a.value, b.value) : compare(b.value, a.value)));
    body.append(...rows.map(({ row }) => row));
  };
  const filter = () => {
    const search = document.querySelector("#filter");
    if (search === null) return;
    const words = search.value.toLowerCase().split(/\\s+/);
    const verdicts = new Set([...document.querySelectorAll(".chips input:checked")].map((box) => box.value));
    const rows = [...document.querySelectorAll("#copies tbody tr")];
    let shown = 0;
    for (const row of rows) {
      row.hidden = !(verdicts.has(row.dataset.verdict) && words.every((word) => row.dataset.words.includes(word)));
      if (!row.hidden) shown++;
    }
    document.querySelector("#filter-count").textContent = shown + " of " + rows.length;
  };
  const openTarget = () => {
    const target = document.getElementById(location.hash.slice(1));
    for (let one = target; one !== null; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
    if (target !== null) target.scrollIntoView();
  };
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button === null) return;
    if ("copy" in button.dataset) copy(button);
    if ("theme" in button.dataset) switchTheme();
    if ("open" in button.dataset) openAll();
    if ("sort" in button.dataset) sort(button);
  });
  for (const event of ["input", "change"])
    document.addEventListener(event, ({ target }) => { if (target.closest("[data-filter]") !== null) filter(); });
  document.addEventListener("keydown", (event) => {
    const search = document.querySelector("#filter");
    if (event.key !== "/" || search === null || /INPUT|TEXTAREA/.test(document.activeElement.tagName)) return;
    event.preventDefault();
    search.focus();
  });
  addEventListener("hashchange", openTarget);
  openTarget();
  filter();
})();
`;
