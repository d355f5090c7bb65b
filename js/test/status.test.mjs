import assert from "node:assert/strict";
import { test } from "node:test";
import { EventMessageUtils, EventType, InteractionStatus, InteractionType } from "../src/index.js";

const { AcquireToken, HandleRedirect, Logout, None } = InteractionStatus;
const { Popup, Redirect, Silent } = InteractionType;

for (const [eventType, interactionType, current, want] of [
  [EventType.ACQUIRE_TOKEN_START, Popup, None, AcquireToken],
  [EventType.ACQUIRE_TOKEN_START, Redirect, None, AcquireToken],
  [EventType.ACQUIRE_TOKEN_START, Silent, None, null],
  [EventType.HANDLE_REDIRECT_START, Redirect, None, HandleRedirect],
  [EventType.LOGOUT_START, Popup, None, Logout],
  [EventType.LOGOUT_END, Popup, Logout, None],
  [EventType.LOGOUT_END, Popup, undefined, None],
  [EventType.LOGOUT_END, Popup, AcquireToken, null],
  [EventType.HANDLE_REDIRECT_END, Redirect, HandleRedirect, None],
  [EventType.HANDLE_REDIRECT_END, Redirect, Logout, null],
  [EventType.ACQUIRE_TOKEN_SUCCESS, Popup, AcquireToken, None],
  [EventType.ACQUIRE_TOKEN_SUCCESS, Silent, AcquireToken, null],
  [EventType.ACQUIRE_TOKEN_FAILURE, Redirect, undefined, None],
  [EventType.ACQUIRE_TOKEN_FAILURE, Redirect, Logout, null],
  [EventType.RESTORE_FROM_BFCACHE, Redirect, AcquireToken, None],
  [EventType.LOGIN_SUCCESS, Popup, AcquireToken, null],
]) {
  test(`${eventType} ${interactionType} while ${current} gives ${want}`, () => {
    assert.equal(EventMessageUtils.getInteractionStatusFromEvent({ eventType, interactionType }, current), want);
  });
}
