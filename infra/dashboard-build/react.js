/** What Ariakit gets for React: Preact, whose `ref`s are called before insertion effects, where React's come after. */
export * from 'preact/compat';
/** Absent: then Ariakit does at once what it would do there. */
export const useInsertionEffect = undefined;
