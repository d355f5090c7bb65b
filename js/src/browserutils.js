// The namespace BrowserUtils.

export { createGuid } from "./guid.js";

// isInIframe reports whether this page is in a frame.
export function isInIframe() {
  return window.parent !== window;
}

// getCurrentUri returns the page's address without query and fragment.
export function getCurrentUri() {
  return typeof window === "undefined" || !window.location ? "" : window.location.href.split(/[?#]/)[0];
}

// getHomepage returns the root of the page's origin.
export function getHomepage() {
  return `${window.location.origin}/`;
}
