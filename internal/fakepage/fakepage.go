//go:build js

package fakepage

import "syscall/js"

// Install puts a new page in place, at https://app.test/app?x=1#here, and returns the object
// that tests look into:
//
//	page.visit       a function of the test: it is called with each URL that a window or a
//	                 frame is sent to, and what it returns, or promises, is the URL that the
//	                 redirect page is opened with; none: the authority's page stays there
//	page.windows     the windows that were opened
//	page.frames      the frames that were added
//	page.blocked     true: window.open returns null
//	page.cookies     false: every storage throws
//	page.address(u)  sends the page itself somewhere
//	page.newTab()    a new session storage, as another tab has
//	page.database    whether the database has been made
func Install() js.Value {
	return js.Global().Get("Function").New(source).Invoke()
}

const source = `
const page = {windows: [], frames: [], blocked: false, visit: () => undefined};
const define = (name, value) => Object.defineProperty(globalThis, name, {value, configurable: true, writable: true});
class Storage {
	items = new Map();
	limit = Infinity;
	get length() { return this.items.size }
	key(i) { return [...this.items.keys()][i] ?? null }
	getItem(k) { return this.items.get(String(k)) ?? null }
	setItem(k, v) {
		if (String(v).length > this.limit) throw Object.assign(new Error("full"), {name: "QuotaExceededError"});
		this.items.set(String(k), String(v));
	}
	removeItem(k) { this.items.delete(String(k)) }
}
define("localStorage", new Storage());
page.newTab = () => define("sessionStorage", new Storage());
page.newTab();

const stores = {keys: new Map(), versions: new Map()};
page.database = false;
const later = (request, act) => setTimeout(() => {
	try { request.result = act(); request.onsuccess?.({target: request}) }
	catch (error) { request.error = error; request.onerror?.({target: request, preventDefault() {}}) }
});
const request = act => { const r = {}; later(r, act); return r };
page.keys = stores.keys;
define("indexedDB", {open() {
	const database = {
		createObjectStore() {}, close() {},
		transaction: () => ({objectStore: store => ({
			get: name => request(() => stores[store].get(name)),
			getAll: () => request(() => [...stores[store].values()]),
			put: (value, name) => request(() => { stores[store].set(name, value) }),
			delete: name => request(() => { stores[store].delete(name) }),
			add: (value, name) => request(() => {
				if (stores[store].has(name)) throw Object.assign(new Error("exists"), {name: "ConstraintError"});
				stores[store].set(name, value);
			}),
		})}),
	};
	const r = {};
	setTimeout(() => {
		r.result = database;
		if (!page.database) {
			page.database = true;
			r.transaction = {abort() { page.database = false }};
			r.onupgradeneeded?.();
		}
		later(r, () => {
			if (!page.database) throw Object.assign(new Error("aborted"), {name: "AbortError"});
			return database;
		});
	});
	return r;
}});

const queues = new Map();
const locks = {request(name, options, callback) {
	const queue = queues.get(name) ?? [];
	queues.set(name, queue);
	if (options.ifAvailable && queue.length) return Promise.resolve(callback(null));
	return new Promise((resolve, reject) => {
		const entry = {run() {
			entry.running = true;
			Promise.resolve().then(() => callback({name})).then(resolve, reject).finally(() => {
				queue.shift();
				queue[0]?.run();
			});
		}};
		options.signal?.addEventListener("abort", () => {
			const i = queue.indexOf(entry);
			if (i < 0 || entry.running) return;
			queue.splice(i, 1);
			reject(Object.assign(new Error("aborted"), {name: "AbortError"}));
		});
		queue.push(entry);
		if (queue.length === 1) entry.run();
	});
}};
define("navigator", {locks, onLine: true});

let here;
const location = {
	get href() { return here.href }, get origin() { return here.origin }, get pathname() { return here.pathname },
	get hash() { return here.hash }, get search() { return here.search },
};
page.address = url => { here = new URL(url) };
page.address("https://app.test/app?x=1#here");
define("location", location);
define("history", {replaceState(_, __, url) { here = new URL(url, here.href) }});
define("parent", globalThis);

const arrive = async (target, url) => {
	const answer = await page.visit(url, target);
	if (answer == null) return;
	const opened = new URL(answer);
	const payload = (opened.hash || opened.search).slice(1);
	const id = JSON.parse(atob(new URLSearchParams(payload).get("state").split("|")[0])).id;
	const channel = new BroadcastChannel(id);
	channel.postMessage({v: 1, payload});
	channel.close();
};
define("open", (url, name, features) => {
	if (page.blocked) return null;
	const w = {url, name, features, closed: false, location: {href: url, replace(to) { w.url = to; arrive(w, to) }}, focus() {}, close() { w.closed = true }};
	page.windows.push(w);
	if (url !== "about:blank") arrive(w, url);
	return w;
});
define("document", {
	hasFocus: () => true,
	createElement: () => ({style: {}, attributes: {}, setAttribute(n, v) { this.attributes[n] = v }, remove() { this.removed = true }}),
	body: {appendChild(frame) { page.frames.push(frame); arrive(frame, frame.attributes.src) }},
});
return page;
`
