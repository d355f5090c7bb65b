// A page without a document, and an engine without tokens, for the facade's tests.

globalThis.window = globalThis;
globalThis.parent = globalThis;
globalThis.location = new URL("https://app.contoso.test/here?a=b#c");

const events = new EventTarget();
for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) globalThis[name] = events[name].bind(events);

// stubEngine answers each method as answers say; what it was asked is in calls, what it was made with in config and host.
export function stubEngine(answers = {}) {
  const stub = { calls: [], created: 0 };
  const method = (name) => (request) => {
    stub.calls.push([name, request]);
    const answer = answers[name];
    if (answer === undefined) return Promise.reject({ class: "AuthError", errorCode: "stubbed", correlationId: "" });
    return typeof answer === "function" ? answer(request) : Promise.resolve(answer);
  };
  stub.create = (config, host) => {
    if (answers.create) return { error: answers.create };
    Object.assign(stub, { config, host, created: stub.created + 1 });
    const names = ["silent", "ssoSilent", "popup", "redirect", "handleRedirect", "logoutRedirect", "logoutPopup", "clearCache"];
    return {
      ...Object.fromEntries(names.map((name) => [name, method(name)])),
      start: answers.start || (() => Promise.resolve()),
      accounts: () => answers.accounts || [],
      activeAccount: () => answers.activeAccount || null,
      setActiveAccount: (account) => stub.calls.push(["setActiveAccount", account]),
    };
  };
  return stub;
}
