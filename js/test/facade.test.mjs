import assert from "node:assert/strict";
import { test } from "node:test";
import { stubEngine } from "./stub.mjs";
import * as latchkey from "../src/index.js";

const { AuthError, EventType, InteractionRequiredAuthError, PublicClientApplication } = latchkey;

async function started(answers, configuration = {}) {
  const engine = stubEngine(answers);
  const { auth, system, ...rest } = configuration;
  const app = new PublicClientApplication({
    auth: { clientId: "spa", ...auth },
    system: { engine, ...system },
    ...rest,
  });
  await app.initialize();
  return { app, engine };
}

const account = {
  homeAccountId: "oid.tid",
  environment: "login.contoso.test",
  tenantId: "tid",
  username: "avery@contoso.test",
  localAccountId: "oid",
  tenantProfiles: [{ tenantId: "tid", localAccountId: "oid", isHomeTenant: true }],
};

test("every acquire fails with the engine stubbed", async () => {
  const { app, engine } = await started();
  const methods = ["acquireTokenSilent", "acquireTokenPopup", "acquireTokenRedirect", "loginPopup", "loginRedirect", "ssoSilent"];
  for (const method of methods) {
    await assert.rejects(app[method]({ scopes: ["a"] }), (error) => error instanceof AuthError && error.errorCode === "stubbed");
  }
  assert.equal(engine.calls.length, methods.length);
});

test("nothing works before initialize, and says so", async () => {
  const app = new PublicClientApplication({ auth: { clientId: "spa" }, system: { engine: stubEngine() } });
  for (const method of ["acquireTokenSilent", "acquireTokenPopup", "handleRedirectPromise", "logoutRedirect"]) {
    await assert.rejects(app[method]({ scopes: ["a"] }), { name: "BrowserAuthError", errorCode: "uninitialized_public_client_application" });
  }
  assert.deepEqual(app.getAllAccounts(), []);
  assert.equal(app.getActiveAccount(), null);
});

test("initialize starts one engine, and again after a failure", async () => {
  let fail = true;
  const engine = stubEngine({
    start: () => (fail ? Promise.reject({ class: "ClientAuthError", errorCode: "network_error" }) : Promise.resolve()),
  });
  const app = new PublicClientApplication({ auth: { clientId: "spa" }, system: { engine } });
  const both = await Promise.allSettled([app.initialize(), app.initialize()]);
  assert.deepEqual(both.map((r) => r.reason?.name), ["ClientAuthError", "ClientAuthError"]);
  assert.equal(engine.created, 1);
  fail = false;
  await Promise.all([app.initialize(), app.initialize()]);
  await app.initialize();
  assert.equal(engine.created, 2);
});

test("a bad configuration is a typed error", async () => {
  const engine = stubEngine({ create: { class: "ClientConfigurationError", errorCode: "untrusted_authority", errorMessage: "Name it." } });
  const app = new PublicClientApplication({ auth: { clientId: "spa" }, system: { engine } });
  await assert.rejects(app.initialize(), (error) => {
    assert.ok(error instanceof latchkey.ClientConfigurationError);
    assert.equal(error.message, "untrusted_authority: Name it.");
    return true;
  });
});

test("the engine gets the configuration with its defaults", async () => {
  const { engine } = await started({}, { auth: { redirectUri: "/redirect.html" }, cache: { cacheLocation: "localStorage" } });
  const { clientId, authority, redirectUri, cacheLocation, popupTimeout, frameTimeout, tokenRenewalOffsetSeconds, protocolMode } = engine.config;
  assert.deepEqual(
    [clientId, authority, redirectUri, cacheLocation, popupTimeout, frameTimeout, tokenRenewalOffsetSeconds, protocolMode],
    ["spa", "https://login.microsoftonline.com/common/", "https://app.contoso.test/redirect.html", "localStorage", 60000, 10000, 300, "AAD"],
  );
  assert.equal((await started()).engine.config.redirectUri, "https://app.contoso.test/here");
});

test("a popup's engine call happens before the method returns", async () => {
  const { app, engine } = await started({ popup: {} });
  app.acquireTokenPopup({ scopes: ["a"] });
  assert.equal(engine.calls[0][0], "popup");
  app.loginPopup();
  assert.deepEqual(engine.calls[1][1].scopes, ["openid", "profile", "offline_access"]);
});

test("results have dates and a map of profiles", async () => {
  const { app } = await started({ silent: { accessToken: "t", expiresOn: 1e12, account, scopes: ["a"] } });
  const result = await app.acquireTokenSilent({ scopes: ["a"], account });
  assert.deepEqual(result.expiresOn, new Date(1e12));
  assert.equal(result.extExpiresOn, undefined);
  assert.equal(result.account.tenantProfiles.get("tid").localAccountId, "oid");
});

test("every request has a correlation id, the caller's if there is one", async () => {
  const { app, engine } = await started({ silent: {} });
  await app.acquireTokenSilent({ scopes: ["a"] });
  await app.acquireTokenSilent({ scopes: ["a"], correlationId: "mine" });
  assert.match(engine.calls[0][1].correlationId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(engine.calls[1][1].correlationId, "mine");
});

test("the addresses of a request are made absolute", async () => {
  const { app, engine } = await started({ logoutPopup: null, popup: {} });
  await app.logoutPopup({ mainWindowRedirectUri: "/bye", postLogoutRedirectUri: null });
  await app.acquireTokenPopup({ scopes: ["a"], redirectUri: "redirect.html" });
  assert.equal(engine.calls[0][1].mainWindowRedirectUri, "https://app.contoso.test/bye");
  assert.equal(engine.calls[0][1].postLogoutRedirectUri, null);
  assert.equal(engine.calls[1][1].redirectUri, "https://app.contoso.test/redirect.html");
});

test("errors are of the exported classes, with all fields", async () => {
  const thrown = {
    class: "InteractionRequiredAuthError", errorCode: "invalid_grant", errorMessage: "Sign in.", subError: "bad_token",
    correlationId: "c", claims: "{}", timestamp: "now", traceId: "t", errorNo: "50076",
  };
  const { app } = await started({ silent: () => Promise.reject(thrown) });
  await assert.rejects(app.acquireTokenSilent({ scopes: ["a"] }), (error) => {
    assert.ok(error instanceof InteractionRequiredAuthError && error instanceof AuthError && error instanceof Error);
    const { class: name, ...fields } = thrown;
    assert.equal(error.name, name);
    for (const [field, value] of Object.entries(fields)) assert.equal(error[field], value, field);
    assert.equal(`${error}`, "InteractionRequiredAuthError: invalid_grant: Sign in.");
    return true;
  });
});

test("each class of the engine's errors is the exported one", async () => {
  const names = ["AuthError", "BrowserAuthError", "BrowserConfigurationAuthError", "ClientAuthError", "ClientConfigurationError", "ServerError"];
  for (const name of names) {
    const { app } = await started({ silent: () => Promise.reject({ class: name, errorCode: "x", subError: "y", correlationId: "c" }) });
    await assert.rejects(app.acquireTokenSilent({ scopes: ["a"] }), (error) => error.constructor === latchkey[name] && error.name === name);
  }
  for (const thrown of [{}, null, { class: "constructor" }, { class: "__proto__" }, "text"]) {
    const { app } = await started({ silent: () => Promise.reject(thrown) });
    await assert.rejects(app.acquireTokenSilent({ scopes: ["a"] }), { name: "AuthError", errorCode: "unexpected_error" });
  }
});

test("the engine knows whether anybody listens, and may answer without a promise", async () => {
  const { app, engine } = await started({ silent: () => ({ accessToken: "at", fromCache: true, expiresOn: 5 }) });
  assert.equal(engine.host.heeded, false);
  const id = app.addEventCallback(() => {});
  assert.equal(engine.host.heeded, true);
  app.removeEventCallback(id);
  assert.equal(engine.host.heeded, false);
  const result = await app.acquireTokenSilent({ scopes: ["a"] });
  assert.deepEqual([result.accessToken, result.expiresOn], ["at", new Date(5)]);
});

test("R47 listeners get frozen messages, in order, and one that throws harms nothing", async () => {
  const { app, engine } = await started();
  const heard = [];
  app.addEventCallback(() => heard.push("first"));
  app.addEventCallback(() => {
    throw new Error("mine");
  });
  app.addEventCallback((message) => heard.push(message), [EventType.ACQUIRE_TOKEN_SUCCESS]);
  engine.host.onEvent(EventType.ACQUIRE_TOKEN_SUCCESS, "silent", { account, expiresOn: 5, scopes: ["a"] }, null, "c");
  engine.host.onEvent(EventType.LOGOUT_END, "popup", null, null, "c");
  assert.deepEqual([heard[0], heard[2], heard.length], ["first", "first", 3]);
  const message = heard[1];
  assert.deepEqual(Object.keys(message), ["eventType", "interactionType", "payload", "error", "correlationId", "timestamp"]);
  assert.ok([message, message.payload, message.payload.scopes, message.payload.account].every(Object.isFrozen));
  assert.deepEqual(message.payload.expiresOn, new Date(5));
});

test("an event's error is of an exported class, and its window stays as it is", async () => {
  const { app, engine } = await started();
  const heard = [];
  const id = app.addEventCallback((message) => heard.push(message));
  engine.host.onEvent(EventType.ACQUIRE_TOKEN_FAILURE, "popup", null, { class: "BrowserAuthError", errorCode: "user_cancelled" }, "c");
  const popupWindow = new (class Window {})();
  engine.host.onEvent(EventType.POPUP_OPENED, "popup", { popupWindow }, null, "c");
  app.removeEventCallback(id);
  engine.host.onEvent(EventType.LOGOUT_END, "popup", null, null, "c");
  assert.equal(heard.length, 2);
  assert.ok(heard[0].error instanceof latchkey.BrowserAuthError);
  assert.ok(heard[1].payload.popupWindow === popupWindow && !Object.isFrozen(popupWindow));
});

test("accounts are found by what a filter names", async () => {
  const blake = { ...account, homeAccountId: "b.tid", username: "blake@contoso.test", idTokenClaims: { sid: "s" } };
  const { app, engine } = await started({ accounts: [account, blake] });
  assert.equal(app.getAllAccounts().length, 2);
  assert.equal(app.getAllAccounts({ username: "BLAKE@contoso.test" })[0].homeAccountId, "b.tid");
  assert.equal(app.getAccount({ tenantId: "tid" }).homeAccountId, "b.tid", "one with claims comes first");
  assert.equal(app.getAccount(app.getAllAccounts()[0]).homeAccountId, "oid.tid", "an account is a filter");
  assert.equal(app.getAccount({ sid: "t" }), null);
  assert.equal(app.getAccount({}), null);
  app.setActiveAccount(blake);
  assert.deepEqual(engine.calls, [["setActiveAccount", blake]]);
});

test("a redirect leaves by the application's own navigation, unless it keeps the page", async () => {
  const went = [];
  let keep = false;
  const navigationClient = {
    navigateExternal: async (url, options) => went.push(["external", url, options]) > 0,
    navigateInternal: async (url, options) => went.push(["internal", url, options]) > 0,
  };
  const { engine } = await started({}, { auth: { onRedirectNavigate: () => !keep }, system: { navigationClient } });
  assert.equal(await engine.host.navigate("https://login.contoso.test/"), true);
  assert.equal(await engine.host.navigate("https://app.contoso.test/", { noHistory: true }), true);
  keep = true;
  assert.equal(await engine.host.navigate("https://login.contoso.test/"), false);
  assert.deepEqual(went, [
    ["external", "https://login.contoso.test/", { noHistory: false, timeout: 30000 }],
    ["internal", "https://app.contoso.test/", { noHistory: true, timeout: 30000 }],
  ]);
});

test("a redirect is refused where it cannot work", async () => {
  const memory = await started({ redirect: null }, { cache: { cacheLocation: "memoryStorage" } });
  await assert.rejects(memory.app.acquireTokenRedirect({ scopes: ["a"] }), { name: "BrowserConfigurationAuthError", errorCode: "in_mem_redirect_unavailable" });
  const { app, engine } = await started({ redirect: null });
  globalThis.parent = {};
  try {
    await assert.rejects(app.acquireTokenRedirect({ scopes: ["a"] }), { name: "BrowserAuthError", errorCode: "redirect_in_iframe" });
  } finally {
    globalThis.parent = globalThis;
  }
  assert.deepEqual(engine.calls, []);
});

test("handleRedirectPromise goes back to where the request began, unless it is told not to", async () => {
  const { app, engine } = await started({ handleRedirect: null });
  assert.equal(await app.handleRedirectPromise(), null);
  await app.handleRedirectPromise({ hash: "#code=c", navigateToLoginRequestUrl: false });
  assert.deepEqual(
    engine.calls.map(([, { hash, navigateToLoginRequestUrl }]) => [hash, navigateToLoginRequestUrl]),
    [[undefined, true], ["#code=c", false]],
  );
});

test("the stub of a context without an application says so", async () => {
  const stub = latchkey.stubbedPublicClientApplication;
  assert.deepEqual([stub.getAllAccounts(), stub.getActiveAccount(), stub.addEventCallback()], [[], null, null]);
  await assert.rejects(stub.acquireTokenSilent(), { errorCode: "stubbed_public_client_application_called" });
  assert.throws(() => stub.getLogger(), latchkey.BrowserConfigurationAuthError);
});

test("the logger keeps to its level, and to personal data only if asked", () => {
  const lines = [];
  const logger = new latchkey.Logger({ loggerCallback: (level, text, pii) => lines.push([level, text, pii]), logLevel: latchkey.LogLevel.Info });
  const mine = logger.clone("mine", "1.0");
  mine.info("hello", "c");
  mine.infoPii("secret", "c");
  mine.verbose("detail", "c");
  assert.equal(lines.length, 1);
  assert.match(lines[0][1], /^\[.* GMT\] : \[c\] : mine@1\.0 : Info - hello$/);
});

test("a subclass overrides one method, and the controller can be brought along", async () => {
  class Mine extends PublicClientApplication {
    acquireTokenSilent(request) {
      return super.acquireTokenSilent({ ...request, mine: true });
    }
  }
  const app = new Mine({ auth: { clientId: "spa" } }, { acquireTokenSilent: async (request) => request });
  assert.deepEqual(await app.acquireTokenSilent({ scopes: [] }), { scopes: [], mine: true });
});
