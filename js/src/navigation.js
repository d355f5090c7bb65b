import { BrowserAuthError } from "./errors.js";

// A NavigationClient leaves the page. Both methods return a promise that does not resolve, because the page goes away;
// it is rejected if the page is still there after the timeout. A class of the application's that overrides them
// resolves to true to let the page go, and to false if there is nothing to wait for.
export class NavigationClient {
  navigateInternal(url, options) {
    return leave(url, options);
  }

  navigateExternal(url, options) {
    return leave(url, options);
  }
}

function leave(url, { noHistory, timeout }) {
  if (noHistory) {
    window.location.replace(url);
  } else {
    window.location.assign(url);
  }
  return new Promise((_, reject) => {
    setTimeout(() => reject(new BrowserAuthError("timed_out", "", "failed_to_redirect")), timeout);
  });
}
