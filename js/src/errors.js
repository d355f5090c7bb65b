// The error classes of msal-browser 5: the same names, codes and constructor arguments. A message says what happened
// and what to do, in words; where nobody wrote one, it is the code, so that old code which searches a message for the
// code finds it.

export class AuthError extends Error {
  constructor(errorCode, correlationId, errorMessage, subError) {
    const text = errorMessage || remedies[errorCode] || errorCode || "";
    super(text && text !== errorCode ? `${errorCode}: ${text}` : errorCode);
    this.name = "AuthError";
    this.errorCode = errorCode || "";
    this.errorMessage = text;
    this.subError = subError || "";
    this.correlationId = correlationId;
  }
}

export class BrowserAuthError extends AuthError {
  constructor(errorCode, correlationId, subError, errorMessage) {
    super(errorCode, correlationId, errorMessage, subError);
    this.name = "BrowserAuthError";
  }
}

export class BrowserConfigurationAuthError extends AuthError {
  constructor(errorCode, correlationId, errorMessage) {
    super(errorCode, correlationId, errorMessage);
    this.name = "BrowserConfigurationAuthError";
  }
}

export class ClientAuthError extends AuthError {
  constructor(errorCode, correlationId, errorMessage) {
    super(errorCode, correlationId, errorMessage);
    this.name = "ClientAuthError";
  }
}

export class ClientConfigurationError extends AuthError {
  constructor(errorCode, correlationId, errorMessage) {
    super(errorCode, correlationId, errorMessage);
    this.name = "ClientConfigurationError";
  }
}

export class InteractionRequiredAuthError extends AuthError {
  constructor(errorCode, correlationId, errorMessage, subError, timestamp, traceId, claims, errorNo) {
    super(errorCode, correlationId, errorMessage, subError);
    this.name = "InteractionRequiredAuthError";
    this.timestamp = timestamp || "";
    this.traceId = traceId || "";
    this.claims = claims || "";
    this.errorNo = errorNo;
  }
}

export class ServerError extends AuthError {
  constructor(errorCode, correlationId, errorMessage, subError, errorNo, status) {
    super(errorCode, correlationId, errorMessage, subError);
    this.name = "ServerError";
    this.errorNo = errorNo;
    this.status = status;
  }
}

export class NetworkError extends AuthError {
  constructor(error, httpStatus, responseHeaders) {
    super(error.errorCode, error.correlationId, error.errorMessage, error.subError);
    this.name = "NetworkError";
    this.error = error;
    this.httpStatus = httpStatus;
    this.responseHeaders = responseHeaders;
  }
}

// A CacheError is no AuthError, and its message is without the code.
export class CacheError extends Error {
  constructor(errorCode, errorMessage) {
    super(errorMessage || errorCode);
    this.name = "CacheError";
    this.errorCode = errorCode;
    this.errorMessage = this.message;
  }
}

// The texts of the errors that the facade itself raises.
const remedies = {
  non_browser_environment: "There is no window here. Call this in a page.",
  uninitialized_public_client_application: "Await initialize() of the PublicClientApplication first.",
  redirect_in_iframe: "A page in a frame cannot leave by redirect. Use a popup, or set system.allowRedirectInIframe.",
  block_iframe_reload:
    "This frame was opened with an authority's response. Let redirectUri be the redirect page, and not the application.",
  block_nested_popups:
    "This window was opened with an authority's response. Let redirectUri be the redirect page, and not the application.",
  user_cancelled: "The user came back without having signed in. Let them try again.",
  authority_uri_insecure: "The authority's address must begin with https.",
  url_parse_error: "The authority's address is no URL. Write https://host/tenant.",
  resource_parameter_required: "With auth.isMcp each request names a resource.",
  misplaced_resource_parameter: "Name the resource by the field resource of the request.",
  in_mem_redirect_unavailable:
    "With cacheLocation memoryStorage a redirect would lose the tokens. Use a popup, or sessionStorage.",
  stubbed_public_client_application_called:
    "There is no PublicClientApplication in this place: render it below MsalProvider.",
  timed_out: "The page was told to go elsewhere and is still here.",
};

// The classes by the name that the engine gives, each made from the engine's plain error object.
const classes = {
  AuthError: (e) => new AuthError(e.errorCode, e.correlationId, e.errorMessage, e.subError),
  BrowserAuthError: (e) => new BrowserAuthError(e.errorCode, e.correlationId, e.subError, e.errorMessage),
  BrowserConfigurationAuthError: (e) => new BrowserConfigurationAuthError(e.errorCode, e.correlationId, e.errorMessage),
  ClientAuthError: (e) => new ClientAuthError(e.errorCode, e.correlationId, e.errorMessage),
  ClientConfigurationError: (e) => new ClientConfigurationError(e.errorCode, e.correlationId, e.errorMessage),
  InteractionRequiredAuthError: (e) =>
    new InteractionRequiredAuthError(
      e.errorCode,
      e.correlationId,
      e.errorMessage,
      e.subError,
      e.timestamp,
      e.traceId,
      e.claims,
      e.errorNo && String(e.errorNo),
    ),
  ServerError: (e) =>
    new ServerError(e.errorCode, e.correlationId, e.errorMessage, e.subError, e.errorNo && String(e.errorNo), e.status),
  CacheError: (e) => new CacheError(e.errorCode, e.errorMessage),
  NetworkError: (e) => new NetworkError(classes.AuthError(e), e.status, {}),
};

// toError makes an exported class of what the engine threw. Which class it is, only the engine decides.
export function toError(thrown) {
  if (thrown instanceof Error) return thrown;
  const make = Object.hasOwn(classes, thrown?.class) ? classes[thrown.class] : null;
  if (make) return make(thrown);
  return new AuthError(thrown?.errorCode || "unexpected_error", thrown?.correlationId || "", thrown?.errorMessage);
}

export const InteractionRequiredAuthErrorCodes = Object.freeze({
  noTokensFound: "no_tokens_found",
  nativeAccountUnavailable: "native_account_unavailable",
  refreshTokenExpired: "refresh_token_expired",
  uiNotAllowed: "ui_not_allowed",
  interactionRequired: "interaction_required",
  consentRequired: "consent_required",
  loginRequired: "login_required",
  badToken: "bad_token",
  interruptedUser: "interrupted_user",
});

export const BrowserAuthErrorCodes = Object.freeze({
  emptyNavigateUri: "empty_navigate_uri",
  hashEmptyError: "hash_empty_error",
  noStateInHash: "no_state_in_hash",
  unableToParseState: "unable_to_parse_state",
  interactionInProgress: "interaction_in_progress",
  popupWindowError: "popup_window_error",
  emptyWindowError: "empty_window_error",
  userCancelled: "user_cancelled",
  redirectBridgeEmptyResponse: "redirect_bridge_empty_response",
  redirectInIframe: "redirect_in_iframe",
  blockIframeReload: "block_iframe_reload",
  blockNestedPopups: "block_nested_popups",
  noAccountError: "no_account_error",
  noTokenRequestCacheError: "no_token_request_cache_error",
  nonBrowserEnvironment: "non_browser_environment",
  noNetworkConnectivity: "no_network_connectivity",
  postRequestFailed: "post_request_failed",
  getRequestFailed: "get_request_failed",
  cryptoNonExistent: "crypto_nonexistent",
  uninitializedPublicClientApplication: "uninitialized_public_client_application",
  timedOut: "timed_out",
  emptyResponse: "empty_response",
});

export const BrowserConfigurationAuthErrorCodes = Object.freeze({
  storageNotSupported: "storage_not_supported",
  stubbedPublicClientApplicationCalled: "stubbed_public_client_application_called",
  inMemRedirectUnavailable: "in_mem_redirect_unavailable",
});
