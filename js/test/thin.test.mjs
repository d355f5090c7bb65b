import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const src = new URL("../src/", import.meta.url);

// What only the engine may do. The redirect page has nothing of the facade, and wasm.js loads the engine itself.
const forbidden = {
  "sends requests": /\bfetch\b|XMLHttpRequest|sendBeacon|WebSocket/,
  "reads tokens": /\batob\b|JSON\.parse|TextDecoder/,
  "knows the cache": /(local|session)Storage(\.\w|\[)|indexedDB|msal\.[0-9{]|caches\./,
  "talks to other pages": /BroadcastChannel|postMessage|navigator\.locks/,
};
const others = ["redirect.js", "redirect-page.js"];

function findings(name, text) {
  const code = text.replace(/^\s*\/\/.*$/gm, "");
  return Object.keys(forbidden).filter((what) => forbidden[what].test(code)).map((what) => `${name} ${what}`);
}

test("the facade has no fetch, no token parsing and no cache key", () => {
  const files = readdirSync(src).filter((name) => name.endsWith(".js") && !others.includes(name));
  assert.ok(files.length > 5);
  assert.deepEqual(files.flatMap((name) => findings(name, readFileSync(new URL(name, src), "utf8"))), []);
});

test("the engine's loader asks for the engine only", () => {
  const text = readFileSync(new URL("engine/wasm.js", src), "utf8");
  assert.equal(text.match(/\bfetch\(/g).length, 1);
  assert.match(text, /new URL\("engine\.wasm", import\.meta\.url\)/);
});

test("the check can fail", () => {
  assert.deepEqual(findings("a.js", "await fetch(url)"), ["a.js sends requests"]);
  assert.deepEqual(findings("a.js", 'JSON.parse(atob(token.split(".")[1]))'), ["a.js reads tokens"]);
  assert.deepEqual(findings("a.js", 'localStorage.getItem("k")'), ["a.js knows the cache"]);
  assert.deepEqual(findings("a.js", "// fetch\nx = BrowserCacheLocation.LocalStorage"), []);
});
