// Footfall's tracker. docs/tracker.md says what it does, and why.
(() => {
  "use strict";
  const before = window.footfall;
  const script = document.currentScript || document.querySelector("script[data-key]");
  if (!script || before?.track) return;

  const settings = script.dataset;
  const { key } = settings;
  const door = (settings.endpoint ? settings.endpoint + "/" : script.src).replace(/\/*[^/]*$/, "/v1/");
  const prefix = `footfall:${key}:`;
  const UUID = /^[\da-f-]{36}$/i;

  // Nothing may throw into the page
  const attempt = (action) => {
    try {
      return action();
    } catch {}
  };
  const listen = (target, names, action) =>
    names.split(" ").forEach((name) => target.addEventListener(name, (event) => attempt(() => action(event)), true));
  const said = new Set();
  const warn = (text) => {
    if (!said.has(text)) console.warn("footfall:", text);
    said.add(text);
  };
  const digit = () => (crypto.getRandomValues(new Uint8Array(1))[0] % 16).toString(16);
  const newId = () => "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx".replace(/x/g, digit);

  // Storage, or memory where it throws
  const memory = new Map();
  const disk = attempt(() => localStorage);
  const get = (name) => memory.get(name) || attempt(() => disk.getItem(name));
  const drop = (name) => {
    memory.delete(name);
    attempt(() => disk.removeItem(name));
  };
  const put = (name, text) => {
    drop(name);
    attempt(() => disk.setItem(name, text));
    if (get(name) !== text) memory.set(name, text);
  };
  const names = (start) =>
    [...memory.keys(), ...(attempt(() => Object.keys(disk)) || [])].filter((name) => name.startsWith(prefix + start)).sort();

  // Who
  const cookie = settings.cookie || "footfall_uuid";
  const writeCookie = (value, days) => {
    let text = `${cookie}=${value}; path=/; max-age=${days * 86400}; samesite=lax`;
    if (settings.cookieDomain) text += "; domain=" + settings.cookieDomain;
    if (location.protocol === "https:") text += "; secure";
    if (cookie !== "none") attempt(() => (document.cookie = text));
  };
  const readCookie = () => attempt(() => `; ${document.cookie}`.split(`; ${cookie}=`)[1].slice(0, 36));
  const readUuid = () => [readCookie(), get(prefix + "uuid")].find((value) => UUID.test(value));
  const writeUuid = (uuid) => {
    drop(prefix + "uuid");
    writeCookie(uuid, settings.cookieDays || 365);
    if (readUuid() !== uuid) put(prefix + "uuid", uuid);
  };
  // One uuid for tabs opened at once
  let isSettled;
  let early = [];
  const settle = () => {
    if (isSettled || !allowed()) return;
    isSettled = true;
    writeUuid(readUuid() || newId());
    early.splice(0).forEach(keep);
  };
  const settleSoon = () => {
    const make = () => readUuid() || writeUuid(newId());
    const alone = () => setTimeout(settle, 50, make());
    if (readUuid()) settle();
    else attempt(() => navigator.locks.request(prefix, make).then(settle, alone)) || alone();
  };

  // Whether
  const { respect = "" } = settings;
  const mustAsk =
    settings.consent === "required" ||
    (respect.includes("dnt") && navigator.doNotTrack === "1") ||
    (respect.includes("gpc") && navigator.globalPrivacyControl);
  const allowed = () => key && (get(prefix + "consent") || (mustAsk ? "no" : "yes")) === "yes";
  const consent = (isGiven) => {
    const was = allowed();
    if (isGiven === false) {
      names("").forEach(drop);
      writeCookie("", 0);
      hovers.clear();
      isSettled = pending = null;
      early = [];
    }
    if (isGiven !== undefined) put(prefix + "consent", isGiven ? "yes" : "no");
    if (isGiven && !was) begin();
    return allowed();
  };

  // What: each event under its own name, so that tabs lose none
  let token;
  let sequence = 1e5;
  const record = (to, what, time = Date.now()) => {
    if (!allowed()) return;
    const copy = JSON.parse(JSON.stringify(what, (_, value) => value?.toWellFormed?.() ?? value));
    const item = { ...copy, event_id: newId(), time: new Date(time).toISOString() };
    const entry = { to, item, signed: !!token };
    isSettled ? keep(entry) : early.push(entry);
    return item.event_id;
  };
  const keep = (entry) => {
    const { item } = entry;
    item.uuid = readUuid();
    put(prefix + ["e", item.time, sequence++, item.event_id], JSON.stringify(entry));
    names("e").slice(0, -1000).forEach(drop);
    flushIn(1000);
  };
  const track = (action, params, time) => record("events", { action, params: { ...params } }, time);

  // Sending
  const ROOM = 6e4; // bytes that outlive a page
  const sending = new Set();
  let keptAlive = 0;
  let failures = 0;
  let timer;
  let due = Infinity;
  const flushIn = (ms) => {
    const at = Date.now() + ms;
    if (at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(() => {
      due = Infinity;
      attempt(flush);
    }, ms);
  };
  const flush = (isLeaving) => {
    const pause = get(prefix + "pause") - Date.now();
    if (pause > 0 && pause < 36e5) return flushIn(pause);
    const batch = nextBatch();
    if (!batch.to || (isLeaving ? batch.bytes > ROOM - keptAlive : sending.size)) return;
    send(batch);
    if (isLeaving) flush(true);
  };
  const nextBatch = () => {
    const batch = { items: [], names: [], bytes: 500 };
    for (const name of names("e")) {
      const text = get(name);
      const { to, item, signed } = attempt(() => JSON.parse(text)) || {};
      if (!item) {
        drop(name);
        continue;
      }
      // What was recorded under a token waits for one
      const jwt = item.uuid === readUuid() ? token : undefined;
      const isOther = batch.to && (batch.to !== to || batch.jwt !== jwt);
      if (sending.has(name) || (signed && !jwt) || isOther) continue;
      const bytes = batch.bytes + new TextEncoder().encode(text).length;
      if (batch.to && (bytes > ROOM / 2 || batch.items.length > 99)) break;
      batch.items.push(item);
      batch.names.push(name);
      Object.assign(batch, { to, jwt, bytes });
    }
    return batch;
  };
  const send = (batch) => {
    const { to, items, jwt } = batch;
    const bytes = batch.bytes < ROOM - keptAlive ? batch.bytes : 0;
    const request = {
      method: "POST",
      body: JSON.stringify({ key, token: jwt, [to]: items }), // no preflight
      keepalive: bytes > 0,
      credentials: "omit",
      referrerPolicy: "origin", // `no-referrer` makes the origin `null`
      signal: AbortSignal.timeout?.(3e4),
    };
    keptAlive += bytes;
    batch.names.forEach((name) => sending.add(name));
    new Promise((done) => done(fetch(door + to, request)))
      .then((response) => answered(batch, response))
      .catch(() => wait())
      .then(() => {
        keptAlive -= bytes;
        batch.names.forEach((name) => sending.delete(name));
        flush();
      });
  };
  const answered = async ({ items, names, jwt }, response) => {
    const { status } = response;
    const told = await response.json().catch(() => ({}));
    if (status === 200) {
      told.results.forEach(({ status, reason }, index) => {
        if (status === "rejected") warn(`refused ${items[index].action || "attributes"}: ${reason}`);
      });
      names.forEach(drop);
      failures = 0;
    } else if (status === 401 && jwt && told.code !== "unknown_key") {
      if (token === jwt) token = undefined;
    } else if (/400|401|403|413|415/.test(status)) {
      warn(`refused ${status}: ${told.message}`);
      names.forEach(drop);
    } else {
      wait(response.headers.get("retry-after"));
    }
  };
  const wait = (seconds) => {
    failures += failures < 6;
    const ms = seconds * 1000 || 500 * 2 ** failures * (1 + Math.random());
    put(prefix + "pause", `${Date.now() + Math.min(ms, 3e6)}`);
  };

  // Page visits, once titled
  let current;
  let pending;
  let isReplaced;
  let changedAt;
  const address = () => (settings.hash === "on" ? location.href : location.href.split("#")[0]);
  const pageVisit = (params, { url, referrer, time } = { url: address(), referrer: document.referrer }) =>
    track("page.visit", { url, title: document.title, referrer: referrer || undefined, ...params }, time);
  const finish = () => {
    const visit = pending;
    pending = null;
    if (visit) pageVisit({}, visit);
  };
  const visit = (referrer, time = Date.now()) => {
    if (settings.pages === "off") return;
    finish();
    current = address();
    const mine = (pending = { url: current, referrer, time });
    const soon = () => setTimeout(() => pending === mine && finish(), settings.titleMs || 300);
    document.readyState === "loading" ? listen(document, "DOMContentLoaded", soon) : soon();
  };
  const moved = () => {
    const url = address();
    if (!current || url === current) return;
    if (!pending || !isReplaced) return visit(current, changedAt);
    // Redirected, or tidied: one visit
    current = url;
    if (url.split("?")[0] !== pending.url.split("?")[0]) pending.url = url;
  };
  const watchHistory = () => {
    const { navigation } = window;
    if (navigation) {
      listen(navigation, "navigate", (event) => event.navigationType === "replace" || finish());
      listen(navigation, "currententrychange", (event) => {
        isReplaced = event.navigationType === "replace";
        changedAt = Date.now();
      });
      return listen(navigation, "navigatesuccess", moved);
    }
    listen(window, "popstate", () => moved((isReplaced = false)));
    ["pushState", "replaceState"].forEach((name) => {
      const original = history[name];
      history[name] = (...given) => {
        isReplaced = name === "replaceState";
        original.apply(history, given);
        attempt(moved);
      };
    });
  };

  // Tagged elements
  const tag = (element, name) => element.getAttribute("data-footfall-" + name);
  const tagged = (event, name) => event.composedPath().filter((node) => node instanceof Element && tag(node, name) !== null);
  const paramsOf = (element) => {
    const params = { url: address(), href: element.closest("a")?.href };
    element.getAttributeNames().forEach((name) => {
      const own = /^data-footfall-(?!(?:click|hover|ms|params)$)(.*)/.exec(name)?.[1];
      if (own) params[own.replace(/-(.)/g, (_, letter) => letter.toUpperCase())] = tag(element, own);
    });
    return { ...params, ...attempt(() => JSON.parse(tag(element, "params"))) };
  };
  const clicked = (event) => {
    const [element] = tagged(event, "click");
    if (!element || event.button > 1) return;
    // Browsers click a label's control, and the default button for an Enter
    const [target] = event.composedPath();
    const control = target.closest("label")?.control;
    if (control && control !== target && element.contains(control)) return;
    const focused = event.isTrusted && !event.detail && target.form && target.getRootNode().activeElement;
    if (focused && focused !== target && focused.form === target.form) return;
    track(tag(element, "click") || "button.click", paramsOf(element));
  };
  // `pointermove` tells within shadow roots, `pointerover` of elements that move
  const hovers = new Map();
  const pointed = (event) => {
    const isOut = event.pointerType === "touch" || (event.type === "pointerout" && !event.relatedTarget);
    const over = isOut ? [] : tagged(event, "hover");
    endHovers(over);
    over.forEach((element) => hovers.has(element) || hovers.set(element, Date.now()));
  };
  const endHovers = (over) =>
    hovers.forEach((time, element) => {
      if (over.includes(element)) return;
      hovers.delete(element);
      const duration = Date.now() - time;
      if (duration < (tag(element, "ms") || 1000)) return;
      track(tag(element, "hover") || "banner.hover", { duration, ...paramsOf(element) }, time);
    });

  // Forms
  const SECRET = /^file$|passw|pwd|\bpin\b|secret|card.?(n|holder|exp|code)|\bcc[-_]|cvc|cvv|security.?code|iban|one-time/i;
  const passwords = new WeakSet(); // and what once was one
  const roots = new WeakSet();
  const watchRoot = (root) => {
    if (roots.has(root)) return;
    roots.add(root);
    listen(root, "submit", submitted);
    new MutationObserver((changes) =>
      changes.forEach(({ oldValue, target }) => oldValue === "password" && passwords.add(target))
    ).observe(root, { subtree: true, attributeFilter: ["type"], attributeOldValue: true });
  };
  const isCard = (value) => {
    const digits = `${value}`.replace(/[ -]/g, "");
    const luhn = (sum, digit, index) => sum + +digit + (index % 2 && digit - (digit > 4) * 9);
    return /^[2-6]\d{13,18}$/.test(digits) && [...digits].reverse().reduce(luhn, 0) % 10 === 0;
  };
  const valueOf = (field) => {
    const { type, value } = field;
    if (type === "checkbox") return field.checked;
    if (type === "select-multiple") return Array.from(field.selectedOptions, (option) => option.value);
    if (type === "radio" && !field.checked) return "";
    return value && /number|range/.test(type) ? +value : value;
  };
  const submitted = ({ currentTarget, target }) => {
    const fields = {};
    if (tag(target, "form") === null) return;
    currentTarget.querySelectorAll("[data-footfall-field]").forEach((field) => {
      const name = tag(field, "field");
      const value = valueOf(field);
      const isSecret = ["type", "id", "name", "autocomplete"].some((word) => SECRET.test(field.getAttribute(word)));
      const isHidden = (field.type === "hidden" && !name) || field.matches(":disabled");
      if (field.form !== target || isSecret || isHidden || passwords.has(field) || value === "") return;
      fields[name || field.name] = value;
    });
    sendForm(tag(target, "form"), fields);
  };
  const sendForm = (form, fields) => {
    const open = Object.entries({ ...fields }).filter(([name, value]) => !SECRET.test(name) && !isCard(value));
    return track("form.submit", { ...Object.fromEntries(open), form, url: address() });
  };

  // Calls, which wait while prerendered
  const calls = {
    track,
    pageVisit: (params) => pageVisit(params),
    sendForm,
    identify: (attributes) => record("customers", { attributes }),
    setAccessToken: (jwt) => {
      token = jwt || undefined;
      flushIn(1000);
    },
    setUuid: (uuid) => {
      if (!UUID.test(uuid)) return warn("no uuid");
      settle();
      if (isSettled) writeUuid(uuid.toLowerCase());
    },
    uuid: () => isSettled && readUuid(),
    reset: () => {
      leave();
      token = undefined;
      if (isSettled) writeUuid(newId());
    },
    consent,
    flush: () => flush(),
  };
  let waiting = Array.isArray(before) ? before : [];
  const push = (call) => {
    if (waiting) waiting.push(call);
    else return attempt(() => (call.call ? call(api) : calls[call[0]](...call.slice(1))));
  };
  const api = { push };
  for (const name in calls) api[name] = (...given) => push([name, ...given]);
  attempt(() => {
    window.footfall = api;
    const SR = (window.SR = window.SR || {});
    const trackCustomEvent = (action, params, label) => api.track(action, label ? { label, ...params } : params);
    SR.event = SR.event || { trackCustomEvent, pageVisit: api.pageVisit, sendFormData: api.sendForm };
    SR.client = SR.client || { setAccessToken: api.setAccessToken };
    window.SyneriseTC = window.SyneriseTC || { setUuid: api.setUuid, initFormCatch() {} };
  });

  // A page's life
  const leave = () => {
    moved();
    finish();
    endHovers([]);
    settle();
    flush(true);
  };
  const begin = (time) => {
    settleSoon();
    visit(document.referrer, time);
    flushIn(1000);
  };
  const start = () => {
    const calledBefore = waiting;
    waiting = null;
    const activated = performance.getEntriesByType("navigation")[0]?.activationStart ?? 0;
    if (allowed()) begin(Date.now() - performance.now() + activated);
    calledBefore.forEach(push);
    watchHistory();
    watchRoot(document);
    listen(document, "click auxclick focusin", (event) => {
      // They keep it to themselves
      event.composedPath().forEach((node) => node instanceof ShadowRoot && watchRoot(node));
      if (event.type !== "focusin") clicked(event);
    });
    listen(document, "pointermove pointerover pointerout", pointed);
    listen(document, "visibilitychange", () => (document.hidden ? leave() : flush()));
    listen(window, "pagehide", leave);
    listen(window, "pageshow", (event) => event.persisted && allowed() && visit());
    listen(window, "online", () => flush(drop(prefix + "pause")));
  };
  key || warn("data-key is missing");
  document.prerendering ? listen(document, "prerenderingchange", start) : attempt(start);
})();
