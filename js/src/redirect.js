// What the redirect page does: it hands the authority's response to the page that waits for it. The messages, and the
// names in sessionStorage, are those of msal-browser's redirect bridge, so that either page serves either library.

const plausible = /^[\w-]{16,128}$/; // a name that no other channel of the application has by chance

// broadcastResponseToMainFrame hands over the response in the page's address, and takes it out of there before any
// other script can run. It is rejected if there is none.
export async function broadcastResponseToMainFrame(navigationClient) {
  const { payload, state, address } = read(window.location);
  const known = state ? state.id : history.state?.latchkey;
  if (payload && state?.meta?.interactionType === "redirect") return comeBack(payload, navigationClient);
  let channel;
  try {
    if (plausible.test(known || "")) channel = new BroadcastChannel(known);
    // Before the new address, over which a browser takes its time while messages wait.
    if (payload) channel?.postMessage({ v: 1, payload });
  } finally {
    history.replaceState({ latchkey: known }, "", address);
  }
  if (!channel) throw fail(payload ? "unable_to_parse_state" : "empty_response");
  if (payload) {
    channel.close();
    window.close();
    return;
  }
  // Loaded again after it had handed over, or without a response: the one who waits learns when the user gives up.
  addEventListener("pagehide", () => channel.postMessage({ v: 1, closed: true }));
  throw fail("empty_response");
}

// read finds the response in the fragment or in the query, whichever has a state, and the address without it.
function read({ origin, pathname, hash, search }) {
  for (const [part, address] of [
    [hash, origin + pathname + search],
    [search, origin + pathname + hash],
  ]) {
    const state = new URLSearchParams(part.slice(1)).get("state");
    if (state) return { payload: part.slice(1), state: parse(state), address };
  }
  return { address: origin + pathname };
}

function parse(state) {
  try {
    return JSON.parse(atob(state.split("|")[0].replace(/[- ]/g, "+").replace(/_/g, "/")));
  } catch {
    return {};
  }
}

// comeBack leaves the response where the page that began looks for it, and goes back there.
function comeBack(payload, navigationClient) {
  let target = `${location.origin}/`;
  try {
    const { clientId } = JSON.parse(sessionStorage.getItem("msal.interaction.status"));
    target = sameOrigin(sessionStorage.getItem(`msal.${clientId}.request.origin`)) || target;
    sessionStorage.setItem(`msal.${clientId}.urlHash`, payload);
  } catch {
    // Nobody here began it: the application starts anew.
  }
  if (navigationClient) return navigationClient.navigateInternal(target, { noHistory: true, timeout: 30000 });
  location.replace(target);
  return new Promise(() => {}); // the page goes away
}

function sameOrigin(address) {
  const url = new URL(address || "/", location.href);
  return url.origin === location.origin && url.protocol === location.protocol && url.href; // a blob: has our origin too
}

function fail(errorCode) {
  return Object.assign(new Error(errorCode), { name: "BrowserAuthError", errorCode });
}
