// docs/tracker.md says why
(() => {
  "use strict";
  // Past elements
  const page = (name) => Reflect.get(Document.prototype, name, document);
  const before = window.footfall;
  const script = page("currentScript") || document.querySelector("script[data-key][src*=footfall]");
  if (!script || before?.track?.call) return;

  const path = (url) => url.split("?")[0];
  const settings = script.dataset;
  const { key } = settings;
  const door = (settings.endpoint ? settings.endpoint + "/" : path(script.src)).replace(/\/*[^/]*$/, "/v1/");
  const prefix = `footfall:${key}:`;
  const UUID = /^[\da-f]{8}(-[\da-f]{4}){4}[\da-f]{8}$/i;

  // Nothing throws
  const attempt = (action, tell) => {
    try {
      return action();
    } catch (error) {
      tell?.(error);
    }
  };
  const safe = (action) => (event) => attempt(() => action(event));
  const listen = (target, names, action) =>
    names.split(" ").forEach((name) => target.addEventListener(name, safe(action), true));
  const said = new Set();
  const warn = (value) => {
    if (!said.has(value)) console.warn("footfall:", value);
    said.add(value);
  };
  const digit = () => (crypto.getRandomValues(new Uint8Array(1))[0] % 16).toString(16);
  const newId = () => "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx".replace(/x/g, digit);

  const toJson = (what) =>
    JSON.stringify(what, function (name, value) {
      const own = this[name];
      return own === Object(own) && !Array.isArray(own) ? value : own?.toWellFormed?.() ?? own;
    });

  // Storage, or memory
  const memory = {};
  const disk = attempt(() => localStorage) ?? {};
  const get = (name) => memory[prefix + name] || disk[prefix + name];
  const drop = (name) => {
    delete memory[prefix + name];
    delete disk[prefix + name];
  };
  const put = (name, value) => {
    drop(name);
    attempt(() => (disk[prefix + name] = value));
    if (get(name) !== value) memory[prefix + name] = value;
  };
  const names = (start) =>
    [memory, disk]
      .flatMap(Object.keys)
      .map((name) => name.split(prefix)[1])
      .filter((name) => name?.startsWith(start))
      .sort();

  // Who
  const cookie = settings.cookie || "footfall_uuid";
  const writeCookie = (value, domain = settings.cookieDomain) => {
    if (domain) writeCookie("", "");
    let text = `${cookie}=${value}; path=/; max-age=${value ? (settings.cookieDays || 365) * 86400 : 0}; samesite=lax`;
    if (domain) text += "; domain=" + domain;
    if (location.protocol === "https:") text += "; secure";
    if (cookie !== "none") attempt(() => Reflect.set(Document.prototype, "cookie", text, document));
  };
  const readCookie = () => attempt(() => `; ${page("cookie")}`.split(`; ${cookie}=`)[1].split(";")[0]);
  const readUuid = () => [readCookie(), get("uuid")].find((value) => UUID.test(value));
  const writeUuid = (uuid) => {
    if (!allowed()) return;
    drop("uuid");
    writeCookie(uuid);
    if (readUuid() !== uuid) put("uuid", uuid);
  };
  let isSettled;
  let early = [];
  const settle = () => {
    if (isSettled || !allowed()) return;
    isSettled = true;
    writeUuid(readUuid() || newId());
    early.splice(0).forEach(keep);
  };
  const settleSoon = () => {
    const alone = () => setTimeout(safe(settle), 50, readUuid() || writeUuid(newId()));
    if (readUuid()) settle();
    else attempt(() => navigator.locks.request(prefix, settle).catch(safe(alone))) || alone();
  };

  // Whether
  const mustAsk =
    !/^(off|undefined)$/i.test(settings.consent) ||
    (/dnt/i.test(settings.respect) && navigator.doNotTrack > 0) ||
    (/gpc/i.test(settings.respect) && navigator.globalPrivacyControl);
  const allowed = () => key && (get("consent") || (mustAsk ? "no" : readCookie())) !== "no";
  const consent = (value) => {
    const was = allowed();
    if (value === true) {
      put("consent", "yes");
      if (!was) begin();
    } else if (value !== undefined) {
      names("").forEach(drop);
      put("consent", "no");
      writeCookie("no");
      isSettled = pending = null;
      early = [];
    }
    return allowed();
  };

  // What
  let token;
  let sequence = 1e5;
  const record = (to, what, time = Date.now()) => {
    if (!allowed()) return;
    const item = { ...JSON.parse(toJson(what)), event_id: newId(), time: new Date(time).toISOString() };
    const entry = { to, item, signed: !!token };
    isSettled ? keep(entry) : early.push(entry);
    return item.event_id;
  };
  const keep = (entry) => {
    const { item } = entry;
    item.uuid = readUuid();
    put(["e", item.time, sequence++, item.event_id], toJson(entry));
    names("e").slice(0, -1000).forEach(drop);
    flushSoon();
  };
  const track = (action, params, time) => record("events", { action, params: { ...params } }, time);

  // Sending
  const ROOM = 6e4;
  const sending = new Set();
  let keptAlive = 0;
  let failures = 0;
  let timer;
  const flushSoon = () => (timer ||= setTimeout(safe(() => flush((timer = 0))), 1000));
  const flush = (isLeaving) => {
    if (!allowed()) return;
    const pause = get("pause") - Date.now();
    if (pause > 0 && pause < 36e5) return flushSoon();
    const batch = nextBatch();
    if (!batch.to || (isLeaving ? batch.bytes > ROOM - keptAlive : sending.size)) return;
    send(batch);
    if (isLeaving) flush(true);
  };
  const nextBatch = () => {
    const batch = { items: [], names: [], bytes: 500 };
    for (const name of names("e")) {
      if (sending.has(name)) continue;
      const value = get(name);
      const { to, item, signed } = attempt(() => JSON.parse(value)) ?? {};
      item || drop(name);
      const jwt = item?.uuid === readUuid() ? token : undefined;
      const isOther = batch.to && (batch.to !== to || batch.jwt !== jwt);
      if (!item || (signed && !jwt) || isOther) continue;
      const bytes = batch.bytes + new Blob([value]).size;
      if (batch.to && (bytes > ROOM / 2 || batch.items.length > 99)) break;
      batch.items.push(item);
      batch.names.push(name);
      Object.assign(batch, { to, jwt, bytes });
    }
    return batch;
  };
  const send = async (batch) => {
    const { to, items, names, jwt } = batch;
    const bytes = batch.bytes < ROOM - keptAlive ? batch.bytes : 0;
    keptAlive += bytes;
    names.forEach((name) => sending.add(name));
    try {
      const response = await fetch(door + to, {
        method: "POST",
        body: toJson({ key, token: jwt, [to]: items }),
        keepalive: bytes > 0,
        credentials: "omit",
        referrerPolicy: "origin",
        signal: AbortSignal.timeout?.(3e4),
      });
      const { status } = response;
      const { code, message, results } = await response.json().catch(() => ({}));
      if (status === 200) {
        results.forEach(({ status, reason, detail }, index) => {
          if (status === "rejected") warn(`refused ${items[index].action || to}: ${reason} ${detail}`);
        });
        failures = 0;
      } else if (!/400|401|403|413|415/.test(status)) throw response;
      else if (code !== "token_expired") warn(`refused ${status}: ${message}`);
      if (status !== 401 || !jwt || code === "unknown_key") names.forEach(drop);
      else if (token === jwt) token = undefined;
    } catch (error) {
      failures += failures < 6;
      const ms = error?.headers?.get("retry-after") * 1000 || 500 * 2 ** failures * (1 + Math.random());
      put("pause", `${Date.now() + Math.min(ms, 3e6)}`);
    }
    keptAlive -= bytes;
    names.forEach((name) => sending.delete(name));
    attempt(flush);
  };

  // Page visits
  let current;
  let pending;
  let isReplaced;
  let changedAt;
  const loaded = performance.getEntriesByType("navigation")[0] ?? {};
  const address = (url = location.href) => (settings.hash === "on" ? url : url.split("#")[0]);
  const pageVisit = (params, { url, referrer, time } = { url: address(), referrer: page("referrer") }) =>
    track("page.visit", { url, title: page("title"), referrer: referrer || undefined, ...params }, time);
  const finish = () => {
    const visit = pending;
    pending = null;
    if (visit) pageVisit({}, visit);
  };
  const visit = (referrer, time = Date.now()) => {
    if (settings.pages === "off") return;
    finish();
    const url = current ? "" : address(loaded.name);
    current = address();
    const mine = (pending = { url: path(url) === path(current) ? url : current, referrer, time });
    const soon = () => setTimeout(safe(() => pending === mine && finish()), settings.titleMs || 300);
    page("readyState") === "loading" ? listen(document, "DOMContentLoaded", soon) : soon();
  };
  const moved = () => {
    const url = address();
    if (!current || url === current) return;
    if (!pending || !isReplaced) return visit(current, changedAt);
    current = url;
    if (path(url) !== path(pending.url)) pending.url = url;
  };
  const watchHistory = () => {
    const { navigation } = window;
    if (navigation?.currentEntry) {
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
      history[name] = (...params) => {
        isReplaced = name === "replaceState";
        original.apply(history, params);
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
      const value = /^data-footfall-(?!(?:click|hover|ms|params)$)(.*)/.exec(name)?.[1];
      if (value) params[value.replace(/-(.)/g, (_, value) => value.toUpperCase())] = tag(element, value);
    });
    return { ...params, ...attempt(() => JSON.parse(tag(element, "params"))) };
  };
  const clicked = (event) => {
    const [element] = tagged(event, "click");
    if (!element) return;
    const [target] = event.composedPath();
    const control = target.closest("label")?.control;
    if (control && control !== target && element.contains(control)) return;
    const focused = event.isTrusted && !event.detail && target.form && target.getRootNode().activeElement;
    if (focused && focused !== target && focused.form === target.form) return;
    track(tag(element, "click") || "button.click", paramsOf(element));
  };
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
  const SECRETS = [
    /^ file$|passw|[^m]pass(?!eng)|pwd|kennwort|contrase|secret|token|\botp|(pin|otp|\b[im]?tan)\b/i,
    /(auth|fa|pin|secur|sms|sort|time|verif)\w* ?code|[^s]card|[ck]art[ea]|tarjeta|\bcc[ en]|\bcsc|cv[cv]|exp(ir| ?[dmy])/i,
    /iban|\bbic\b|\bbank|account ?n|konto|routing/i,
  ];
  const passwords = new Set();
  const isSecret = (name) => {
    const text = ` ${name}`.replace(/([a-z])([A-Z])|[^a-zA-Z]+/g, "$1 $2");
    return passwords.has(name) || SECRETS.some((value) => value.test(text));
  };
  const isCard = (value) => {
    let sum = 0;
    let other = 0;
    for (const digit of value) [sum, other] = [other + +digit, sum + +"0246813579"[digit]];
    return /^(2[2-7]|[3-6]\d)\d{10,17}$/.test(value) && sum % 10 === 0;
  };
  const isAccount = (value) => {
    const text = `${value}`.replace(/[^a-z\d]+/gi, " ");
    const numbers = text.replace(/(\d) (?=\d)/g, "$1");
    if (/\b[a-z]{2}\d\d ?[a-z\d]{4}( ?\d){7}/i.test(text)) return true;
    return value > 2 ** 53 || numbers.split(/\D+/).some((value) => isCard(value) || isCard(value.slice(0, 16)));
  };
  const wordsOf = (element) => [element.id, element.name, tag(element, "field")];
  const watchRoot = (root) => {
    root.addEventListener("submit", submitted, true);
    const fields = root.querySelectorAll("[data-footfall-field]");
    fields.forEach((element) => {
      if (/password|disc|circle|square/.test(element.type + getComputedStyle(element).webkitTextSecurity))
        wordsOf(element).forEach((name) => name && passwords.add(name));
    });
    return fields;
  };
  const valueOf = (element) => {
    const { type, value } = element;
    if (type === "checkbox") return element.checked;
    if (type === "select-multiple") return [...element.selectedOptions].map(({ value }) => value);
    if (type === "radio" && !element.checked) return "";
    return value && /number|range/.test(type) ? +value : value;
  };
  const submitted = safe(({ currentTarget, target }) => {
    const fields = {};
    if (tag(target, "form") === null) return;
    watchRoot(currentTarget).forEach((element) => {
      const name = tag(element, "field");
      const value = valueOf(element);
      const isHidden = (element.type === "hidden" && !name) || element.matches(":disabled");
      const isShut = [...wordsOf(element), element.type, element.getAttribute("autocomplete")].some(isSecret);
      if (element.form === target && !isHidden && !isShut && value !== "") fields[name || element.name] = value;
    });
    sendForm(tag(target, "form"), fields);
  });
  const sendForm = (form, value) => {
    const items = value?.[Symbol.iterator] ? [...value] : Object.entries({ ...value });
    const fields = items.map((item) => [item[0] ?? item.name, item[1] ?? item.value]);
    const open = (name, value) => (isSecret(name) || isAccount(value) ? undefined : value);
    return track("form.submit", { ...JSON.parse(toJson(Object.fromEntries(fields)), open), form, url: address() });
  };

  // Calls
  const calls = {
    track,
    pageVisit,
    sendForm,
    identify: (attributes) => record("customers", { attributes }),
    setAccessToken: (jwt) => {
      token = jwt || undefined;
      flushSoon();
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
    flush,
  };
  let waiting = Array.isArray(before) ? before : [];
  const push = (call) => {
    if (waiting) waiting.push(call);
    else return attempt(() => (call.call ? call(api) : calls[call[0]](...call.slice(1))), warn);
  };
  const api = { push };
  for (const name in calls) api[name] = (...params) => push([name, ...params]);
  attempt(() => {
    window.footfall = api;
    const SR = (window.SR ||= {});
    const { pageVisit, sendForm, setAccessToken, setUuid } = api;
    const trackCustomEvent = (action, params, label) => api.track(action, { label, ...params });
    SR.event ||= { trackCustomEvent, pageVisit, sendFormData: sendForm };
    SR.client ||= { setAccessToken };
    window.SyneriseTC ||= { setUuid, initFormCatch() {} };
  });

  // Life
  const leave = () => {
    moved();
    finish();
    endHovers([]);
    settle();
    flush(true);
  };
  const begin = (time) => {
    settleSoon();
    visit(page("referrer"), time);
    flushSoon();
  };
  const start = () => {
    const calledBefore = waiting;
    waiting = null;
    if (allowed()) begin(Date.now() - performance.now() + (loaded.activationStart || 0));
    calledBefore.forEach(push);
    watchRoot(document);
    listen(document, "click auxclick focusin", (event) => {
      event.composedPath().forEach((root) => root.nodeType > 8 && watchRoot(root));
      if (event.button < 2) clicked(event);
    });
    listen(document, "pointermove pointerover pointerout", pointed);
    listen(document, "visibilitychange", () => (page("hidden") ? leave() : flush()));
    listen(window, "pagehide", leave);
    listen(window, "pageshow", (event) => event.persisted && allowed() && visit());
    listen(window, "online", () => flush(drop("pause")));
    watchHistory();
  };
  key || warn("data-key is missing");
  page("prerendering") ? listen(document, "prerenderingchange", start) : attempt(start);
})();
