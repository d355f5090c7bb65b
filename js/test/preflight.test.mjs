import assert from "node:assert/strict";
import { test } from "node:test";
import { stubEngine } from "./stub.mjs";
import { EventType, PublicClientApplication } from "../src/index.js";

const acquires = ["acquireTokenSilent", "ssoSilent", "acquireTokenPopup", "acquireTokenRedirect"];

async function started(auth = {}, answers = { silent: null, ssoSilent: null, popup: null, redirect: null }, system = {}) {
  const lines = [];
  const engine = stubEngine(answers);
  const loggerOptions = { loggerCallback: (level, text) => lines.push(text) };
  const app = new PublicClientApplication({ auth: { clientId: "spa", ...auth }, system: { engine, loggerOptions, ...system } });
  await app.initialize();
  return { app, engine, lines };
}

// within runs f while globals are others.
async function within(globals, f) {
  const before = Object.keys(globals).map((name) => [name, globalThis[name]]);
  Object.assign(globalThis, globals);
  try {
    await f();
  } finally {
    Object.assign(globalThis, Object.fromEntries(before));
  }
}

test("a page that was opened with a response asks for nothing", async () => {
  const { app, engine } = await started();
  const refused = async (globals, errorCode) => {
    for (const method of acquires) {
      await within(globals, () => assert.rejects(app[method]({ scopes: ["a"] }), (e) => e.name === "BrowserAuthError" && e.errorCode === errorCode && e.message !== errorCode));
    }
    assert.deepEqual(engine.calls, []);
  };
  const response = new URL("https://app.contoso.test/#code=c&state=s");
  const failure = new URL("https://app.contoso.test/?error=login_required&state=s");
  await refused({ location: response, parent: {} }, "block_iframe_reload");
  await refused({ location: failure, parent: {} }, "block_iframe_reload");
  await refused({ location: response, opener: {} }, "block_nested_popups");
  await refused({ location: failure, name: "latchkey.spa.id" }, "block_nested_popups");
});

test("a page that has no response, or is no popup, asks", async () => {
  const { app, engine } = await started();
  const route = new URL("https://app.contoso.test/#/code?state=1");
  const own = new URL("https://app.contoso.test/?state=open#error");
  await within({ location: route, opener: {} }, () => app.acquireTokenSilent({ scopes: ["a"] }));
  await within({ location: own, parent: {} }, () => app.acquireTokenSilent({ scopes: ["a"] }));
  await within({ location: new URL("https://app.contoso.test/#code=c&state=s") }, () => app.acquireTokenPopup({ scopes: ["a"] }));
  assert.equal(engine.calls.length, 3);
});

test("a response in the address is named before a missing initialize", async () => {
  const app = new PublicClientApplication({ auth: { clientId: "spa" }, system: { engine: stubEngine() } });
  const location = new URL("https://app.contoso.test/#code=c&state=s");
  await within({ location, parent: {} }, () => assert.rejects(app.acquireTokenSilent({}), { errorCode: "block_iframe_reload" }));
});

test("an authority must be a URL, and not be asked in the clear", async () => {
  for (const [authority, errorCode] of [
    ["http://login.contoso.test/tenant", "authority_uri_insecure"],
    ["login.contoso.test/tenant", "url_parse_error"],
  ]) {
    await assert.rejects(started({ authority }), { name: "ClientConfigurationError", errorCode });
    const { app } = await started();
    await assert.rejects(app.acquireTokenSilent({ authority, scopes: ["a"] }), { name: "ClientConfigurationError", errorCode });
    await assert.rejects(app.logoutRedirect({ authority }), { name: "ClientConfigurationError", errorCode });
  }
  const { app } = await started({ authority: "http://localhost:8080/tenant" });
  await app.acquireTokenSilent({ authority: "https://login.contoso.test/other", scopes: ["a"] });
});

test("a resource has a field of its own, which auth.isMcp demands", async () => {
  const mcp = await started({ isMcp: true });
  await assert.rejects(mcp.app.acquireTokenSilent({ scopes: ["a"] }), { name: "ClientAuthError", errorCode: "resource_parameter_required" });
  await mcp.app.acquireTokenSilent({ scopes: ["a"], resource: "https://api.contoso.test" });
  const { app } = await started();
  for (const extra of ["extraParameters", "extraQueryParameters"]) {
    const request = { scopes: ["a"], [extra]: { resource: "https://api.contoso.test" } };
    await assert.rejects(app.acquireTokenPopup(request), { name: "ClientAuthError", errorCode: "misplaced_resource_parameter" });
  }
});

test("the engine gets the parameters of a silent request, those of earlier versions under the names of this one", async () => {
  const { app, engine } = await started({}, { silent: null, logoutRedirect: null });
  const request = { scopes: ["a"], correlationId: "id", claims: "{}", prompt: "none", loginHint: "h", sid: "s", domainHint: "d", resource: "r", authority: "https://login.contoso.test/t" };
  await app.acquireTokenSilent({ ...request, redirectUri: "/r.html", tokenBodyParameters: { a: "1", b: "1" }, extraParameters: { b: "2" }, tokenQueryParameters: { c: "3" } });
  assert.deepEqual(engine.calls[0][1], {
    ...request,
    redirectUri: "https://app.contoso.test/r.html",
    extraParameters: { a: "1", b: "2" },
    extraQueryParameters: { c: "3" },
  });
  await app.logoutRedirect({ correlationId: "id", idTokenHint: "t" });
  assert.deepEqual(engine.calls[1][1], { correlationId: "id", extraQueryParameters: { id_token_hint: "t" } });
});

test("ssoSilent warns where it can hardly work", async () => {
  const { app, lines } = await started();
  await app.ssoSilent({ loginHint: "avery@contoso.test" });
  assert.equal(lines.length, 0);
  await app.ssoSilent({ prompt: "login", sid: "s" });
  await app.ssoSilent();
  assert.equal(lines.length, 2);
});

test("a user who comes back without an answer can sign in again", async () => {
  let engine;
  const navigationClient = { navigateExternal: () => new Promise(() => {}) };
  const left = await started({}, { redirect: () => engine.host.navigate("https://login.contoso.test/").then(() => null) }, { navigationClient });
  engine = left.engine;
  const heard = [];
  left.app.addEventCallback(({ eventType, interactionType }) => heard.push([eventType, interactionType]));
  const shown = (persisted) => globalThis.dispatchEvent(Object.assign(new Event("pageshow"), { persisted }));
  for (const _ of [1, 2]) {
    const leaving = left.app.acquireTokenRedirect({ scopes: ["a"] });
    shown(false);
    shown(true);
    await assert.rejects(leaving, { name: "BrowserAuthError", errorCode: "user_cancelled" });
  }
  shown(true);
  assert.deepEqual(heard, [1, 2].map(() => [EventType.RESTORE_FROM_BFCACHE, "redirect"]));
});
