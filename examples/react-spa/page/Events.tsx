import type { EventMessage } from "@azure/msal-browser";
import { useMsal } from "@azure/msal-react";
import { useEffect, useState } from "react";

// Events lists what the library tells its listeners, the newest first.
export function Events() {
  const { instance } = useMsal();
  const [messages, setMessages] = useState<EventMessage[]>([]);
  useEffect(() => {
    const id = instance.addEventCallback((message) => setMessages((earlier) => [message, ...earlier].slice(0, 50)));
    return () => {
      if (id) instance.removeEventCallback(id);
    };
  }, [instance]);
  return (
    <details>
      <summary>{messages.length} events</summary>
      <ol id="events">
        {messages.map((message, i) => (
          <li key={messages.length - i}>
            <code>{message.eventType}</code> {message.interactionType} {message.error && String(message.error)}
          </li>
        ))}
      </ol>
    </details>
  );
}
