(() => {
  const form = document.querySelector(".filters"), cards = document.getElementById("cards");
  const list = document.getElementById("list"), count = document.getElementById("count");
  const card = new Map([...cards.children].map((one) => [one.dataset.code, one]));
  const words = new Map();
  const text = (code) => {  // titles, people, definition, rules and sources: not figures, where any number is found
    if (!words.has(code)) {
      const said = card.get(code).querySelectorAll("h3, .soft, .narrow, .facts");
      words.set(code, [...said].map((one) => one.textContent.toLowerCase()).join(" "));
    }
    return words.get(code);
  };
  const chosen = (id) => document.getElementById(id)?.value ?? "";
  function filter() {
    const find = chosen("find").trim().toLowerCase().split(/\s+/).filter(Boolean);
    const look = chosen("look"), section = chosen("section"), lead = chosen("lead");
    let shown = 0;
    for (const row of list.tBodies[0].rows) {
      const { code, look: own } = row.dataset;
      const fits = (look === "" || own === look || (look === "pressing" && "pressing" in row.dataset))
        && (section === "" || row.dataset.section === section) && (lead === "" || row.dataset.lead === lead)
        && find.every((word) => text(code).includes(word));
      row.hidden = card.get(code).hidden = !fits;
      shown += fits;
    }
    const all = list.tBodies[0].rows.length;
    count.textContent = shown === all ? `${all} questions` : `${shown} of ${all} questions`;
  }
  sortable(list, (rows) => cards.append(...rows.map((row) => card.get(row.dataset.code))));
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  const fold = document.getElementById("fold");
  fold.addEventListener("click", () => {
    const open = fold.getAttribute("aria-pressed") !== "true";
    fold.setAttribute("aria-pressed", open);
    fold.textContent = open ? "Close all details" : "Open all details";
    for (const one of cards.querySelectorAll("details")) one.open = open;
  });
})();
