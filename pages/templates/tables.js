"use strict";
// Tables are sorted by any heading that has data-sort: a button in each, so that the keyboard reaches it. A row is
// sorted by its own data of that name, or else by what the cell below the heading says.
const empty = (text) => text === undefined || text === "";
function compare(a, b, down) {
  if (empty(a) || empty(b)) return empty(a) - empty(b);  // what has no value is always last
  const numbers = [Number(a), Number(b)];
  const order = numbers.some(Number.isNaN) ? a.localeCompare(b, "en-GB", { numeric: true }) : numbers[0] - numbers[1];
  return down ? -order : order;
}
function sortable(table, after) {
  const heads = table.querySelectorAll("th[data-sort]");
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    const value = (row) => {
      const cell = row.cells[head.cellIndex];
      return row.dataset[head.dataset.sort] ?? cell.dataset.value ?? cell.textContent;
    };
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0];
      const keyed = [...body.rows].map((row) => [value(row), row]);
      const rows = keyed.sort((one, other) => compare(one[0], other[0], down)).map((pair) => pair[1]);
      body.append(...rows);
      if (after) after(rows);
    });
  }
}
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const one of closed) one.open = true;
});
addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
// A region is a stop for the keyboard only while there is something in it to scroll to.
const sized = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    const overflows = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
    target.tabIndex = overflows ? 0 : -1;
  }
});
for (const one of document.querySelectorAll(".scroll")) sized.observe(one);
