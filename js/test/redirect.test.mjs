import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { broadcastResponseToMainFrame } from "../src/redirect.js";

const page = "https://app.contoso.test/redirect.html";
const id = "0192aaaa-bbbb-7ccc-8ddd-eeeeffff0001";

let world;

// open makes the page's world anew: what it posts, where it goes, and what its address becomes.
function open(address, { stored = {}, state = null } = {}) {
  world = { posted: [], closed: 0, address: null, went: null, stored, hidden: [], done: [] };
  globalThis.window = globalThis;
  globalThis.location = Object.assign(new URL(address), { replace: (url) => (world.went = url) });
  globalThis.history = {
    state,
    replaceState: (value, _, url) => {
      world.done.push("address");
      Object.assign(world, { address: url, state: value });
    },
  };
  globalThis.BroadcastChannel = class {
    constructor(name) {
      this.name = name;
    }
    postMessage(message) {
      world.done.push("message");
      if (world.broken) throw new Error("broken");
      world.posted.push([this.name, message]);
    }
    close() {}
  };
  globalThis.sessionStorage = {
    getItem: (key) => world.stored[key] ?? null,
    setItem: (key, value) => (world.stored[key] = value),
  };
  globalThis.close = () => world.closed++;
  globalThis.addEventListener = (type, listener) => world.hidden.push([type, listener]);
}

const stateOf = (value) => encodeURIComponent(`${btoa(JSON.stringify(value))}|mine`);
const popup = stateOf({ id, meta: { interactionType: "popup" } });
const redirect = stateOf({ id, meta: { interactionType: "redirect" } });

beforeEach(() => open(page));

for (const [name, address, payload, rest] of [
  ["fragment", `${page}#code=c&state=${popup}`, `code=c&state=${popup}`, page],
  ["query", `${page}?code=c&state=${popup}`, `code=c&state=${popup}`, page],
  ["fragment, beside a query of the page's own", `${page}?v=1#code=c&state=${popup}`, `code=c&state=${popup}`, `${page}?v=1`],
]) {
  test(`a popup hands over the ${name}, takes it out of the address, and closes`, async () => {
    open(address);
    await broadcastResponseToMainFrame();
    assert.deepEqual(world.posted, [[id, { v: 1, payload }]]);
    assert.equal(world.address, rest);
    assert.equal(world.closed, 1);
  });
}

test("R47 the response leaves the address in the same turn, and does not keep the message waiting", () => {
  open(`${page}#code=c&state=${popup}`);
  broadcastResponseToMainFrame();
  assert.deepEqual(world.done, ["message", "address"]);
  assert.equal(world.address, page);
});

test("R47 the response leaves the address even if nobody can be told", async () => {
  open(`${page}#code=c&state=${popup}`);
  world.broken = true;
  await assert.rejects(broadcastResponseToMainFrame(), /broken/);
  assert.equal(world.address, page);
});

test("a popup that is loaded again reports that it is closed", async () => {
  open(page, { state: { latchkey: id } });
  await assert.rejects(broadcastResponseToMainFrame(), { errorCode: "empty_response" });
  const [type, listener] = world.hidden[0];
  assert.equal(type, "pagehide");
  listener();
  assert.deepEqual(world.posted, [[id, { v: 1, closed: true }]]);
});

test("a redirect goes back to the page that began, and leaves the response there", async () => {
  const stored = {
    "msal.interaction.status": JSON.stringify({ clientId: "spa", type: "signin" }),
    "msal.spa.request.origin": "https://app.contoso.test/tasks?open=1#3",
  };
  open(`${page}#code=c&state=${redirect}`, { stored });
  broadcastResponseToMainFrame();
  assert.equal(world.went, "https://app.contoso.test/tasks?open=1#3");
  assert.equal(world.stored["msal.spa.urlHash"], `code=c&state=${redirect}`);
  assert.deepEqual(world.posted, []);
});

for (const origin of ["https://evil.test/", "javascript:alert(1)", "blob:https://app.contoso.test/x", "//evil.test", null]) {
  test(`R47 a redirect does not go to ${origin}`, () => {
    const stored = { "msal.interaction.status": '{"clientId":"spa"}' };
    if (origin) stored["msal.spa.request.origin"] = origin;
    open(`${page}#code=c&state=${redirect}`, { stored });
    broadcastResponseToMainFrame();
    assert.equal(world.went, "https://app.contoso.test/");
  });
}

test("a redirect that nobody began goes to the application", () => {
  open(`${page}#code=c&state=${redirect}`);
  broadcastResponseToMainFrame();
  assert.equal(world.went, "https://app.contoso.test/");
});

for (const [name, address, errorCode] of [
  ["opened by hand", page, "empty_response"],
  ["a response without a state", `${page}#code=c`, "empty_response"],
  ["a state of another library", `${page}#code=c&state=abc`, "unable_to_parse_state"],
  ["a state that names another channel", `${page}#state=${stateOf({ id: "msal.broadcast.event", meta: {} })}`, "unable_to_parse_state"],
  ["a state with a short id", `${page}#state=${stateOf({ id: "1", meta: {} })}`, "unable_to_parse_state"],
  ["a state that is null", `${page}#state=${stateOf(null)}`, "unable_to_parse_state"],
]) {
  test(`refused and taken out of the address: ${name}`, async () => {
    open(address);
    await assert.rejects(broadcastResponseToMainFrame(), { name: "BrowserAuthError", errorCode });
    assert.deepEqual(world.posted, []);
    assert.equal(world.address, page);
    assert.equal(world.closed, 0);
  });
}
