// The shop is one page: its addresses change by the history. Nothing here is needed by the tracker but the tags.
const PRODUCTS = {
  "/teas": [["T-100", "Green tea", 6.5], ["T-110", "Black tea", 5.9], ["T-120", "Rooibos", 5.2]],
  "/cups": [["C-200", "Tea cup", 9], ["C-210", "Tea pot", 24]],
};
const NAMES = { "/": "Tea shop", "/teas": "Teas", "/cups": "Cups" };

function show(path) {
  document.title = NAMES[path];
  const shown = path === "/" ? [...PRODUCTS["/teas"].slice(0, 2), ...PRODUCTS["/cups"]] : PRODUCTS[path];
  document.querySelector("#products").replaceChildren(...shown.map(card));
}

function card([sku, name, price]) {
  const item = document.createElement("li");
  const title = document.createElement("b");
  const button = document.createElement("button");
  item.className = "product";
  title.textContent = name;
  button.textContent = "Add to cart";
  button.dataset.footfallClick = "product.addToCart";
  button.dataset.footfallParams = JSON.stringify({ sku, name, price, quantity: 1, currency: "EUR" });
  item.append(title, `${price.toFixed(2)} € `, button);
  return item;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("nav a");
  if (!link) return;
  event.preventDefault();
  history.pushState({}, "", link.href);
  show(location.pathname);
});
window.addEventListener("popstate", () => show(location.pathname));
show(location.pathname);

document.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  document.querySelector("output").textContent = "Thank you.";
});
document.querySelector("#entries").addEventListener("click", () => {
  SR.event.trackCustomEvent("entries.count", { lat: "50.0937", entries: 27, time: 1556474400000 });
});
document.querySelector("#reset").addEventListener("click", () => {
  footfall.reset();
  footfall.pageVisit();
});

// What is stored comes back through the shop's own server, which holds the key for reading.
const state = document.querySelector("#state");
const stored = new EventSource("/live");
stored.addEventListener("open", () => (state.textContent = "live"));
stored.addEventListener("error", () => (state.textContent = "connecting again"));

function told(message) {
  const event = JSON.parse(message.data);
  const line = document.createElement("li");
  const when = document.createElement("time");
  const action = document.createElement("b");
  const what = document.createElement("code");
  when.textContent = new Date(event.time).toLocaleTimeString();
  action.textContent = event.action;
  what.textContent = `${event.uuid.slice(0, 8)}… ${JSON.stringify(event.params)}`;
  line.append(when, action, what);
  document.querySelector("#events").prepend(line);
}
stored.addEventListener("message", told);
