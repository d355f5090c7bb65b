import { InteractionStatus, InteractionType } from "./constants.js";
import { createGuid } from "./guid.js";

export const EventType = Object.freeze({
  INITIALIZE_START: "msal:initializeStart",
  INITIALIZE_END: "msal:initializeEnd",
  ACTIVE_ACCOUNT_CHANGED: "msal:activeAccountChanged",
  LOGIN_SUCCESS: "msal:loginSuccess",
  ACQUIRE_TOKEN_START: "msal:acquireTokenStart",
  BROKERED_REQUEST_START: "msal:brokeredRequestStart",
  ACQUIRE_TOKEN_SUCCESS: "msal:acquireTokenSuccess",
  BROKERED_REQUEST_SUCCESS: "msal:brokeredRequestSuccess",
  ACQUIRE_TOKEN_FAILURE: "msal:acquireTokenFailure",
  BROKERED_REQUEST_FAILURE: "msal:brokeredRequestFailure",
  ACQUIRE_TOKEN_NETWORK_START: "msal:acquireTokenFromNetworkStart",
  HANDLE_REDIRECT_START: "msal:handleRedirectStart",
  HANDLE_REDIRECT_END: "msal:handleRedirectEnd",
  POPUP_OPENED: "msal:popupOpened",
  LOGOUT_START: "msal:logoutStart",
  LOGOUT_SUCCESS: "msal:logoutSuccess",
  LOGOUT_FAILURE: "msal:logoutFailure",
  LOGOUT_END: "msal:logoutEnd",
  RESTORE_FROM_BFCACHE: "msal:restoreFromBFCache",
  BROKER_CONNECTION_ESTABLISHED: "msal:brokerConnectionEstablished",
});

// An EventHandler calls the application's callbacks, in the order of their registration, before emitEvent returns. A
// callback that throws is logged and harms neither the others nor the flow; what it is given is frozen (R47).
export class EventHandler {
  constructor(logger) {
    this.logger = logger;
    this.callbacks = new Map();
  }

  addEventCallback(callback, eventTypes, callbackId) {
    if (typeof window === "undefined") return null;
    const id = callbackId || createGuid();
    if (this.callbacks.has(id)) return null;
    this.callbacks.set(id, [callback, eventTypes || []]);
    return id;
  }

  removeEventCallback(callbackId) {
    this.callbacks.delete(callbackId);
  }

  emitEvent(eventType, correlationId, interactionType, payload, error) {
    const message = freeze({
      eventType,
      interactionType: interactionType || null,
      payload: payload || null,
      error: error || null,
      correlationId,
      timestamp: Date.now(),
    });
    for (const [callback, types] of [...this.callbacks.values()]) {
      if (types.length > 0 && !types.includes(eventType)) continue;
      try {
        callback(message);
      } catch (thrown) {
        this.logger?.error(`An event callback threw at ${eventType}: ${thrown?.name}`, correlationId);
      }
    }
  }
}

// freeze freezes plain objects and arrays, however deep; a window or an error stays as it is.
function freeze(value) {
  if (Array.isArray(value) || (value && Object.getPrototypeOf(value) === Object.prototype)) {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}

export class EventMessageUtils {
  // getInteractionStatusFromEvent returns the status after an event, or null where it stays. With a current status,
  // the end of one interaction does not end another.
  static getInteractionStatusFromEvent(message, currentStatus) {
    const interactive = [InteractionType.Redirect, InteractionType.Popup].includes(message.interactionType);
    const end = (of) => (!currentStatus || currentStatus === of ? InteractionStatus.None : null);
    switch (message.eventType) {
      case EventType.ACQUIRE_TOKEN_START:
        return interactive ? InteractionStatus.AcquireToken : null;
      case EventType.HANDLE_REDIRECT_START:
        return InteractionStatus.HandleRedirect;
      case EventType.LOGOUT_START:
        return InteractionStatus.Logout;
      case EventType.LOGOUT_END:
        return end(InteractionStatus.Logout);
      case EventType.HANDLE_REDIRECT_END:
        return end(InteractionStatus.HandleRedirect);
      case EventType.ACQUIRE_TOKEN_SUCCESS:
      case EventType.ACQUIRE_TOKEN_FAILURE:
      case EventType.RESTORE_FROM_BFCACHE:
        return interactive ? end(InteractionStatus.AcquireToken) : null;
    }
    return null;
  }
}
