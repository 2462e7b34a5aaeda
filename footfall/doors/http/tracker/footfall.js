// Footfall's tracker. docs/tracker.md says what it does and why it does it so; it is served as it stands here.
(() => {
  "use strict";
  const before = window.footfall;
  if (before && before.track) return; // a second script tag

  const script = document.currentScript || document.querySelector("script[data-key][src*=footfall]");
  const settings = script.dataset;
  const { key } = settings;
  const endpoint = (settings.endpoint || new URL(".", script.src).href).replace(/\/*$/, "/v1/");
  const prefix = `footfall:${key}:`;
  const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

  // Nothing that goes wrong in here may reach the page.
  const attempt = (action, otherwise) => {
    try {
      return action();
    } catch (error) {
      return otherwise;
    }
  };
  const listen = (target, names, action) =>
    names.split(" ").forEach((name) => target.addEventListener(name, (event) => attempt(() => action(event)), true));

  const said = new Set();
  const warn = (text) => {
    if (!said.has(text)) console.warn("footfall:", text);
    said.add(text);
  };

  const newId = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte + 256).toString(16).slice(1))
      .join("")
      .replace(/(.{8})(.{4}).(.{3}).(.{3})/, "$1-$2-4$3-a$4-");

  // What the browser keeps; memory, where its storage throws
  const memory = new Map();
  const disk = attempt(() => settings.storage !== "none" && localStorage);
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
    [...memory.keys(), ...attempt(() => Object.keys(disk), [])].filter((name) => name.startsWith(prefix + start)).sort();

  // Who
  const cookie = settings.storage !== "none" && settings.cookie !== "none" && (settings.cookie || "footfall_uuid");
  const writeCookie = (value, days) => {
    const domain = settings.cookieDomain ? "; domain=" + settings.cookieDomain : "";
    const secure = location.protocol === "https:" ? "; secure" : "";
    const text = `${cookie}=${value}; path=/; max-age=${days * 86400}; samesite=lax${domain}${secure}`;
    if (cookie) attempt(() => (document.cookie = text));
  };
  const readUuid = () =>
    [attempt(() => `; ${document.cookie}`.split(`; ${cookie}=`)[1].slice(0, 36)), get(prefix + "uuid")].find((value) => UUID.test(value));
  const writeUuid = (uuid) => {
    drop(prefix + "uuid");
    writeCookie(uuid, settings.cookieDays || 365);
    if (readUuid() !== uuid) put(prefix + "uuid", uuid);
  };

  // Tabs that are opened at once must not make a uuid each: until it is settled, events wait in `early`.
  let isSettled, early = [];
  const settle = () => {
    if (isSettled || !allowed()) return;
    isSettled = true;
    writeUuid(readUuid() || newId());
    early.splice(0).forEach(keep);
  };
  const settleSoon = () => {
    const make = () => readUuid() || writeUuid(newId());
    const alone = () => make() || setTimeout(settle, 50);
    attempt(() => navigator.locks.request(prefix, make).then(settle, alone)) || alone();
  };

  // Whether
  const respects = (signal) => (settings.respect || "").includes(signal);
  const mustAsk =
    settings.consent === "required" ||
    (respects("dnt") && navigator.doNotTrack === "1") ||
    (respects("gpc") && navigator.globalPrivacyControl);
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
    if (isGiven && !was) begin(Date.now());
    return allowed();
  };

  // What: an event is a name of its own in storage, so that tabs take nothing from each other.
  let token, sequence = 1e5;
  const record = (to, what, time = Date.now()) => {
    if (!allowed()) return;
    const item = { ...JSON.parse(JSON.stringify(what)), event_id: newId(), time: new Date(time).toISOString() };
    const entry = { to, item, signed: !!token };
    isSettled ? keep(entry) : early.push(entry);
    return item.event_id;
  };
  const keep = (entry) => {
    entry.item.uuid = readUuid();
    put(prefix + ["e", entry.item.time, sequence++, entry.item.event_id], JSON.stringify(entry));
    names("e").slice(0, -1000).forEach(drop);
    flushIn(1000);
  };
  const track = (action, params, time) => record("events", { action, params: { ...params } }, time);

  // Sending
  const ROOM = 6e4; // bytes that may outlive a page
  const sending = new Set();
  let keptAlive = 0, failures = 0, most = 100, timer;
  const flushIn = (ms) => {
    timer = timer || setTimeout(() => attempt(flush, (timer = 0)), ms);
  };
  const flush = (isLeaving) => {
    const pause = get(prefix + "pause") - Date.now();
    if (pause > 0 && pause < 36e5) return flushIn(pause);
    const batch = nextBatch();
    if (navigator.onLine === false || !batch.to || (isLeaving ? batch.bytes > ROOM - keptAlive : sending.size)) return;
    send(batch);
    if (isLeaving) flush(true);
  };
  const nextBatch = () => {
    const batch = { items: [], names: [], bytes: 500 };
    for (const name of names("e")) {
      const text = get(name);
      const { to, item, signed } = attempt(() => JSON.parse(text)) || {};
      if (!item) drop(name);
      // A token speaks for the customer of now; what was recorded under one waits until there is one again.
      const needed = token && item && item.uuid === readUuid() ? token : undefined;
      if (!item || sending.has(name) || (signed && !needed)) continue;
      const bytes = batch.bytes + new TextEncoder().encode(text).length;
      if (batch.to) {
        if (batch.to !== to || batch.token !== needed) continue;
        if (bytes > ROOM / 2 || batch.items.length >= most) break;
      }
      batch.items.push(item);
      batch.names.push(name);
      Object.assign(batch, { to, token: needed, bytes });
    }
    return batch;
  };
  const send = (batch) => {
    const bytes = batch.bytes < ROOM - keptAlive ? batch.bytes : 0;
    const request = {
      method: "POST",
      body: JSON.stringify({ key, token: batch.token, [batch.to]: batch.items }), // text needs no preflight
      keepalive: bytes > 0,
      credentials: "omit",
      referrerPolicy: "origin", // with `no-referrer` the origin would be `null`
      signal: AbortSignal.timeout && AbortSignal.timeout(3e4),
    };
    keptAlive += bytes;
    batch.names.forEach((name) => sending.add(name));
    new Promise((done) => done(fetch(endpoint + batch.to, request)))
      .then((response) => answered(batch, response))
      .catch(() => wait())
      .then(() => {
        keptAlive -= bytes;
        batch.names.forEach((name) => sending.delete(name));
        flush();
      });
  };
  const answered = async (batch, response) => {
    const { status } = response;
    const told = await response.json().catch(() => ({}));
    const isGarbled = /400|413/.test(status);
    if (status === 200) {
      told.results.forEach((result, index) => {
        if (result.status === "rejected") warn(`${batch.items[index].action} refused: ${result.reason}`);
        drop(batch.names[index]);
      });
      failures = 0;
    } else if (status === 401 && batch.token && told.code !== "unknown_key") {
      if (token === batch.token) token = null;
    } else if (isGarbled && batch.items.length > 1) {
      most = 1; // find the one that cannot be read
    } else if (isGarbled || /401|403|415/.test(status)) {
      warn(`refused: ${status} ${told.message}`);
      batch.names.forEach(drop);
      most = 100;
    } else {
      wait(response.headers.get("retry-after"));
    }
  };
  const wait = (seconds) => {
    failures = Math.min(failures + 1, 9);
    const ms = seconds * 1000 || Date.parse(seconds) - Date.now() || 500 * 2 ** failures * (1 + Math.random());
    put(prefix + "pause", String(Date.now() + Math.min(Math.max(ms, 1e3), 3e6)));
  };

  // Page visits: one waits a little for its title.
  let current, pending, isReplaced;
  const address = () => (settings.hash === "on" ? location.href : location.href.split("#")[0]);
  const pageVisit = (params, { url, referrer, time } = { url: address(), referrer: document.referrer }) =>
    track("page.visit", { url, title: document.title, ...(referrer && { referrer }), ...params }, time);
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
    if (!pending || !isReplaced) return visit(current);
    // A router sends on, or a page tidies its address: one visit, and its campaign stays known.
    current = url;
    if (url.split("?")[0] !== pending.url.split("?")[0]) pending.url = url;
  };
  const watchHistory = () => {
    const { navigation } = window;
    if (navigation) {
      listen(navigation, "navigate", (event) => event.navigationType === "replace" || finish());
      listen(navigation, "currententrychange", (event) => (isReplaced = event.navigationType === "replace"));
      return listen(navigation, "navigatesuccess", moved);
    }
    listen(window, "popstate", () => moved((isReplaced = false)));
    ["pushState", "replaceState"].forEach((name) => {
      const original = history[name];
      history[name] = function () {
        isReplaced = name === "replaceState";
        if (!isReplaced) attempt(finish);
        const result = original.apply(this, arguments);
        attempt(moved);
        return result;
      };
    });
  };

  // Tagged elements, by the path of an event: also in open shadow roots, and when they are added later
  const { getAttribute, getAttributeNames } = Element.prototype; // a form's own may be hidden by a field of that name
  const tag = (element, name) => getAttribute.call(element, "data-footfall-" + name);
  const tagged = (event, name) => event.composedPath().filter((node) => node instanceof Element && tag(node, name) !== null);
  const paramsOf = (element) => {
    const params = { url: address() };
    getAttributeNames.call(element).forEach((name) => {
      const own = /^data-footfall-(?!(?:click|hover|ms|form|field|params)$)(.*)/.exec(name);
      if (own) params[own[1].replace(/-(.)/g, (_, letter) => letter.toUpperCase())] = tag(element, own[1]);
    });
    return { ...params, ...attempt(() => JSON.parse(tag(element, "params"))) };
  };

  let last = {};
  const clicked = (event) => {
    const [element] = tagged(event, "click");
    if (!element || event.button > 1) return;
    // The browser itself clicks what a label is for, and the default button for an Enter in a field.
    const { timeStamp, isTrusted } = event;
    const [target, ...around] = event.composedPath();
    const isByLabel = isTrusted && last.element === element && last.target !== target && timeStamp - last.timeStamp < 9;
    last = { element, target, timeStamp };
    const button = isTrusted && !event.detail && [target, ...around].find((node) => node.type === "submit");
    const focused = button && button.getRootNode().activeElement;
    const isByEnter = focused && focused !== button && focused.form === button.form && focused.type !== "submit";
    if (!isByLabel && !isByEnter) track(tag(element, "click") || "button.click", paramsOf(element));
  };

  // `pointerover` does not tell of moves within a shadow root, `pointermove` not of elements that move themselves.
  const hovers = new Map();
  const pointed = (event) => {
    const over = event.pointerType === "touch" || event.type === "pointerleave" ? [] : tagged(event, "hover");
    endHovers(over);
    over.forEach((element) => hovers.has(element) || hovers.set(element, Date.now()));
  };
  const endHovers = (over) =>
    hovers.forEach((time, element) => {
      if (over.includes(element)) return;
      hovers.delete(element);
      const ms = Date.now() - time;
      if (ms >= (tag(element, "ms") || 1000)) track(tag(element, "hover") || "banner.hover", { ms, ...paramsOf(element) }, time);
    });

  // Forms
  const SECRET = /passw|pwd|\bpin\b|secret|card.?(n|holder|exp|code)|\bcc[-_]|cvc|cvv|security.?code|iban|one-time/i;
  const passwords = new WeakSet(); // fields that once were one
  const roots = new WeakSet();
  const watchRoot = (root) => {
    // A shadow root keeps to itself what is submitted and changed in it.
    if (roots.has(root)) return;
    roots.add(root);
    listen(root, "submit", submitted);
    new MutationObserver((changes) =>
      changes.forEach(({ oldValue, target }) => oldValue === "password" && passwords.add(target))
    ).observe(root, { subtree: true, attributeFilter: ["type"], attributeOldValue: true });
  };
  const isCard = (value) => {
    const digits = String(value).replace(/[ -]/g, "");
    const sum = [...digits].reverse().reduce((sum, digit, index) => sum + (index % 2 ? (digit > 4) + (digit * 2) % 10 : +digit), 0);
    return /^[2-6]\d{13,18}$/.test(digits) && sum % 10 === 0;
  };
  const valueOf = (field) => {
    if (field.type === "checkbox") return field.checked;
    if (field.type === "radio" && !field.checked) return "";
    if (field.type === "select-multiple") return Array.from(field.selectedOptions, (option) => option.value);
    return /number|range/.test(field.type) && field.value ? +field.value : field.value;
  };
  const submitted = ({ target }) => {
    const fields = {};
    if (tag(target, "form") === null) return;
    for (const field of Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, "elements").get.call(target)) {
      const name = tag(field, "field");
      const words = ["id", "name", "autocomplete"].map((word) => field.getAttribute(word));
      const isHidden = /password|file/.test(field.type) || (field.type === "hidden" && !name) || field.matches(":disabled");
      if (name === null || isHidden || passwords.has(field) || words.some((word) => SECRET.test(word))) continue;
      const value = valueOf(field);
      if (value !== "") fields[name || field.name] = value;
    }
    sendForm(tag(target, "form"), fields);
  };
  const sendForm = (form, fields) => {
    const open = Object.entries({ ...fields }).filter(([name, value]) => !SECRET.test(name) && !isCard(value));
    return track("form.submit", { ...Object.fromEntries(open), form, url: address() });
  };

  // What the page may call. Where it is loaded before it is shown, that waits until it is.
  const calls = {
    track: (action, params) => track(action, params),
    pageVisit: (params) => pageVisit(params),
    sendForm,
    identify: (attributes) => record("customers", { attributes }),
    setAccessToken: (jwt) => {
      token = jwt;
      flushIn(1000);
    },
    setUuid: (uuid) => {
      if (!UUID.test(uuid)) return warn("setUuid takes a uuid");
      settle();
      if (isSettled) writeUuid(uuid.toLowerCase());
    },
    uuid: () => (isSettled ? readUuid() : null),
    reset: () => {
      leave();
      token = null;
      if (isSettled) writeUuid(newId());
    },
    consent,
    flush: () => flush(),
  };
  let waiting = [].concat(Array.isArray(before) ? before : []);
  const push = (call) => {
    if (waiting) waiting.push(call);
    else return attempt(() => (typeof call === "function" ? call(api) : calls[call[0]](...[...call].slice(1))));
  };
  const api = { push };
  Object.keys(calls).forEach((name) => (api[name] = (...given) => push([name, ...given])));
  attempt(() => {
    window.footfall = api;
    const SR = (window.SR = window.SR || {});
    const trackCustomEvent = (action, params, label) => api.track(action, label ? { label, ...params } : params);
    SR.event = SR.event || { trackCustomEvent, pageVisit: api.pageVisit, sendFormData: api.sendForm };
    SR.client = SR.client || { setAccessToken: api.setAccessToken };
    window.SyneriseTC = window.SyneriseTC || { setUuid: api.setUuid, initFormCatch() {} }; // forms are found anyway
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
    const [page = {}] = performance.getEntriesByType("navigation");
    if (allowed()) begin(Date.now() - performance.now() + (page.activationStart || 0));
    calledBefore.forEach(push);
    watchHistory();
    watchRoot(document);
    listen(document, "click auxclick focusin", (event) =>
      event.composedPath().forEach((node) => node instanceof ShadowRoot && watchRoot(node))
    );
    listen(document, "click auxclick", clicked);
    listen(document, "pointermove pointerover", pointed);
    document.documentElement.addEventListener("pointerleave", pointed);
    listen(document, "visibilitychange", () => (document.hidden ? leave() : flush()));
    listen(window, "pagehide", leave);
    listen(window, "pageshow", (event) => event.persisted && allowed() && visit()); // its referrer is that of the first visit
    listen(window, "online", () => flush(drop(prefix + "pause")));
  };
  key || warn("the script tag needs data-key");
  document.prerendering ? listen(document, "prerenderingchange", start) : attempt(start);
})();
