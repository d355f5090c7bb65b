import { isInIframe } from "./browserutils.js";
import { BrowserCacheLocation } from "./constants.js";
import { BrowserAuthError, BrowserConfigurationAuthError, ClientAuthError, ClientConfigurationError } from "./errors.js";

// What is refused before the engine is asked, in the order of msal-browser.

const acquires = ["silent", "ssoSilent", "popup", "redirect"];

// checkPage throws if this page is one in which nobody should ask for tokens.
export function checkPage(method, correlationId) {
  if (typeof window === "undefined") throw new BrowserAuthError("non_browser_environment", correlationId);
  if (!acquires.includes(method) || !hasResponse(window.location)) return;
  if (isInIframe()) throw new BrowserAuthError("block_iframe_reload", correlationId);
  if (window.opener || /^latchkey\./.test(window.name)) throw new BrowserAuthError("block_nested_popups", correlationId);
}

// hasResponse reports whether an address carries an authority's response. The engine has taken out what it waits for.
function hasResponse({ hash, search }) {
  return [hash, search].some((part) => {
    const parameters = new URLSearchParams(part?.slice(1));
    return parameters.has("state") && (parameters.has("code") || parameters.has("error"));
  });
}

// checkRequest throws if the request is one that cannot work.
export function checkRequest(method, request, config, correlationId) {
  if (method === "redirect" && isInIframe() && !config.system.allowRedirectInIframe) {
    throw new BrowserAuthError("redirect_in_iframe", correlationId);
  }
  if (method === "redirect" && config.cache.cacheLocation === BrowserCacheLocation.MemoryStorage) {
    throw new BrowserConfigurationAuthError("in_mem_redirect_unavailable", correlationId);
  }
  checkAuthority(request?.authority, correlationId);
  if (!acquires.includes(method)) return;
  if ([request?.extraQueryParameters, request?.extraParameters].some((extra) => extra && "resource" in extra)) {
    throw new ClientAuthError("misplaced_resource_parameter", correlationId);
  }
  if (config.auth.isMcp && !request?.resource) throw new ClientAuthError("resource_parameter_required", correlationId);
}

// checkAuthority throws if an authority's address is none, or would be asked in the clear. An empty one is the default.
export function checkAuthority(authority, correlationId) {
  if (!authority) return;
  if (!URL.canParse(authority)) throw new ClientConfigurationError("url_parse_error", correlationId);
  const { protocol, hostname } = new URL(authority);
  if (protocol !== "https:" && !["localhost", "127.0.0.1", "[::1]"].includes(hostname)) {
    throw new ClientConfigurationError("authority_uri_insecure", correlationId);
  }
}
