// What the page gains from a script: clicks answer without loading the page again. Without it every link and form works.
"use strict";
(() => {
  const app = document.getElementById("app");
  const said = document.getElementById("said");
  let asked = 0;

  const openOnes = () => [...app.querySelectorAll("details[id][open]")].map((one) => one.id);

  function show(html, url, isNew) {
    const next = new DOMParser().parseFromString(html, "text/html");
    const fresh = next.getElementById("app");
    if (!fresh) { location.href = url; return; }
    const open = openOnes();
    const closed = [...app.querySelectorAll("details[id]:not([open])")].map((one) => one.id);
    const drawer = document.getElementById("drawer")?.open;
    const scrolled = app.querySelector(".criteria")?.scrollTop;
    const wasInside = app.contains(document.activeElement);
    const focused = document.activeElement?.id;
    app.replaceChildren(...fresh.childNodes);
    app.dataset.release = fresh.dataset.release ?? "";
    document.title = next.title;
    for (const id of closed) document.getElementById(id)?.removeAttribute("open");
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    const own = document.getElementById("drawer");
    if (own && drawer !== undefined) own.open = drawer;
    const criteria = app.querySelector(".criteria");
    if (criteria && scrolled) criteria.scrollTop = scrolled;
    const again = focused && document.getElementById(focused);
    if (again) again.focus({ preventScroll: true });
    else if (wasInside) document.getElementById("main")?.focus({ preventScroll: true });
    if (isNew) history.pushState(null, "", url);
    const alarm = app.querySelector("[role=alert]");
    said.textContent = alarm ? alarm.textContent : `${next.title.split(" · ")[0]}.`;
    prepare();
  }

  async function go(url, isNew) {
    const mine = ++asked;
    document.body.classList.add("busy");
    try {
      const answer = await fetch(url, { headers: { accept: "text/html" } });
      const html = await answer.text();
      if (mine === asked) show(html, answer.url, isNew);
    } catch {
      if (mine === asked) said.textContent = "The page does not answer: `registry explore` was stopped.";
      if (mine === asked) location.href = url;
    } finally {
      if (mine === asked) document.body.classList.remove("busy");
    }
  }

  const urlOf = (form) => `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-swap]")) return;
    event.preventDefault();
    go(urlOf(form), true);
  });

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !form.matches("form[data-swap]")) return;
    const isClick = event.target.matches("input[type=checkbox], input[type=radio], select");
    const isRange = event.target.closest(".range, .question");
    if (event.target.matches("[name=how]") && !isPicked(form)) return;
    if (isClick || isRange) go(urlOf(form), true);
  });

  const isPicked = (form) => new FormData(form).has("value") || new FormData(form).has("missing") ||
    Boolean(new FormData(form).get("low") || new FormData(form).get("high"));

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a[href]");
    const href = link?.getAttribute("href");
    if (!href || link.hasAttribute("download") || !(href === "/" || href.startsWith("/?"))) return;
    event.preventDefault();
    go(href, true);
  });

  window.addEventListener("popstate", () => go(location.href, false));

  function prepare() {
    const link = document.getElementById("share-link");
    if (link && link.value.startsWith("/")) link.value = new URL(link.value, location.href).href;
    const file = document.getElementById("open-file");
    file?.addEventListener("change", async () => {
      if (!file.files[0]) return;
      document.getElementById("open-text").value = await file.files[0].text();
      document.getElementById("open-form").requestSubmit();
    });
  }

  async function follow() {
    try {
      const { current } = await (await fetch("/current")).json();
      const news = document.getElementById("newer");
      if (!news || !current || !app.dataset.release) return;
      const here = new URLSearchParams(location.search);
      if (here.has("release")) return;
      news.hidden = current === app.dataset.release;
      news.querySelector("a").setAttribute("href", location.pathname + location.search);
    } catch { /* the page says so when it is used */ }
  }

  const narrow = window.matchMedia("(max-width: 61.99rem)");
  document.documentElement.classList.add("scripted");
  const drawer = document.getElementById("drawer");
  if (drawer) drawer.open = !narrow.matches;
  prepare();
  setInterval(follow, 30000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) follow(); });
})();
