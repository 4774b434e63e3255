// Keeps a page as it is on the server, without a jump: told of a change, it fetches the page again and changes what differs.
// Without this script the pages work all the same: forms are forms, and what is open is loaded again every 15 seconds.
"use strict";

const PAUSE = 2000; // Milliseconds between two looks, however often something changes.
const SPREAD = 300;
const BEAT = 10000; // So often the server says that it is still there.
const TOUCHED = 10000; // Whoever has touched the page so lately finds what is new by a link, not under the finger.

let listening = null;
let heardAt = Date.now();
let touchedAt = 0;
let pressed = false;
let looking = false;
let again = false;
let lookedAt = 0;
let asked = 0; // Counts what was asked for: an answer that another has overtaken is not shown.

function say(isLive) {
  const liveness = document.getElementById("liveness");
  if (document.documentElement.dataset.live === String(isLive)) return;
  document.documentElement.dataset.live = isLive;
  liveness.querySelector(".on").hidden = !isLive;
  liveness.querySelector(".off").hidden = isLive;
}

function heard() {
  heardAt = Date.now();
  say(true);
}

function listen() {
  if (listening) listening.close();
  listening = new EventSource("/live");
  listening.addEventListener("changed", () => { heard(); look(); });
  listening.addEventListener("beat", () => { heard(); look(); });
  listening.addEventListener("error", () => say(false));
}

async function look() {
  if (looking || pressed || document.hidden) { again = true; return; }
  looking = true;
  again = false;
  // Not all pages at the same moment.
  await new Promise((done) => setTimeout(done, Math.max(0, lookedAt + PAUSE - Date.now()) + Math.random() * SPREAD));
  lookedAt = Date.now();
  const number = ++asked;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.redirected) location.reload(); // Somebody has to sign in again.
    else if (answer.ok && number === asked && !pressed) show(await answer.text());
    else again = again || pressed;
  } catch {
    say(false);
  } finally {
    looking = false;
    if (again) look();
  }
}

// What the eye is on stays where it is: the element with the focus, or the first that is seen.
function anchor() {
  const focused = document.activeElement && document.activeElement.closest("main [id]");
  if (focused && seen(focused)) return focused;
  return [...document.querySelectorAll("main > [id]")].find(seen);
}

function seen(element) {
  const box = element.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight;
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  if (!fresh.getElementById("main")) return;
  const focused = document.activeElement;
  const near = focused && focused.closest("main article");
  const busy = scrollY > 0 || Date.now() - touchedAt < TOUCHED;
  const held = busy ? anchor() : null;
  const top = held ? held.getBoundingClientRect().top : 0;
  const before = new Set([...document.querySelectorAll("main > article")].map((each) => each.id));
  const height = document.getElementById("main").scrollHeight;
  document.title = fresh.title;
  for (const id of ["top", "clock", "main", "foot"]) morph(document.getElementById(id), fresh.getElementById(id));
  if (held && held.isConnected) scrollBy(0, held.getBoundingClientRect().top - top);
  if (focused && focused !== document.activeElement) {
    if (focused.isConnected) focused.focus({ preventScroll: true });
    else if (near && near.isConnected) (near.querySelector("button") || near.querySelector("a")).focus({ preventScroll: true });
  }
  const hidden = [...document.querySelectorAll("main > article")].some((each) => !before.has(each.id) && each.getBoundingClientRect().bottom < 0);
  if (hidden) document.getElementById("above").hidden = false;
  if (document.getElementById("main").scrollHeight !== height) settle();
}

// A finger on its way to a button that has just moved hits nothing.
function settle() {
  document.documentElement.dataset.settling = "";
  setTimeout(() => delete document.documentElement.dataset.settling, 400);
}

// Makes `old` like `fresh`, with as little change as possible: what has a name stays the same element, and keeps its focus.
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    // What somebody types is theirs.
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  let next = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const match = matching(old, next, wanted);
    if (!match) {
      old.insertBefore(document.importNode(wanted, true), next);
      continue;
    }
    if (match !== next) old.insertBefore(match, next);
    else next = next.nextSibling;
    if (match.nodeType === Node.ELEMENT_NODE) morph(match, wanted);
    else if (match.nodeValue !== wanted.nodeValue) match.nodeValue = wanted.nodeValue;
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

function matching(old, next, wanted) {
  if (wanted.id) return [...old.children].find((each) => each.id === wanted.id && each.tagName === wanted.tagName);
  return next && next.nodeName === wanted.nodeName && !next.id ? next : null;
}

async function send(event) {
  const form = event.target;
  if (form.method !== "post" || !form.closest("main")) return;
  event.preventDefault();
  const number = ++asked;
  const buttons = form.querySelectorAll("button");
  for (const each of buttons) each.setAttribute("aria-disabled", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (new URL(answer.url).pathname === "/sign-in") return location.assign(answer.url);
    const html = await answer.text();
    // The answer is the page that we are on.
    if (number === asked && answer.headers.get("content-type").startsWith("text/html")) show(html);
    else look();
    const refused = document.getElementById("refused");
    if (refused) refused.scrollIntoView({ block: "center" });
  } catch {
    say(false);
    for (const each of buttons) each.removeAttribute("aria-disabled");
  }
}

function press(isPressed) {
  pressed = isPressed;
  if (isPressed) touchedAt = Date.now();
  else if (again && !looking) look();
}

// Of a finger that scrolls, the pointer is soon said to be gone; the touch lasts.
addEventListener("touchstart", () => press(true), { passive: true });
for (const name of ["touchend", "touchcancel"]) addEventListener(name, (event) => press(event.touches.length > 0), { passive: true });
addEventListener("mousedown", () => press(true));
for (const name of ["mouseup", "blur"]) addEventListener(name, () => press(false));
for (const name of ["wheel", "keydown"]) addEventListener(name, () => { touchedAt = Date.now(); }, { passive: true });
addEventListener("scroll", () => { if (scrollY < 100) document.getElementById("above").hidden = true; }, { passive: true });
document.addEventListener("submit", send);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
addEventListener("pagehide", () => listening.close());
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
setInterval(() => {
  if (Date.now() - heardAt < 2 * BEAT) return;
  say(false);
  heardAt = Date.now();
  listen(); // A browser that was asleep, or was refused, does not connect again by itself.
  look();
}, BEAT / 2);
history.scrollRestoration = "auto";
listen();
