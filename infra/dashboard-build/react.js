/** What Ariakit gets for React: Preact, with what it does otherwise. */
import { options } from 'preact';

export * from 'preact/compat';

/**
 * Absent: then Ariakit does at once what it would do there. Preact calls `ref`s before insertion effects, React after.
 */
export const useInsertionEffect = undefined;

const { event: hook } = options;
const { get } = Object.getOwnPropertyDescriptor(Event.prototype, 'currentTarget') ?? {};

/** What Ariakit takes along from a key that it hands on to an option in a list: React's events have it as their own. */
const KEY_PROPERTIES = [
  ...['key', 'code', 'location', 'repeat', 'isComposing', 'bubbles', 'cancelable', 'composed'],
  ...['ctrlKey', 'shiftKey', 'altKey', 'metaKey'],
];

/** Ariakit says of some events where they are handled; React's events let it, the browser's don't. */
options.event = (event) => {
  let said;
  Object.defineProperty(event, 'currentTarget', {
    configurable: true,
    // Anew for each handler on the event's way.
    get: () => said ?? get?.call(event),
    set: (target) => {
      said = target;
    },
  });
  if (event instanceof KeyboardEvent && !Object.hasOwn(event, 'key'))
    for (const name of KEY_PROPERTIES)
      Object.defineProperty(event, name, { value: event[name], enumerable: true });
  return hook?.(event) ?? event;
};
