for (const table of document.querySelectorAll("table.rows")) sortable(table);
for (const form of document.querySelectorAll("form[data-table]")) {
  const rows = document.getElementById(form.dataset.table).tBodies[0].rows;
  const [find, count] = [form.querySelector("input"), form.querySelector("[role=status]")];
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = ![...row.cells].some((cell) => cell.textContent.toLowerCase().includes(wanted));
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  });
}
