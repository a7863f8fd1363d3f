/** Makes a value when it is first needed. */

/** @param make called by the first call of the returned function; a later call returns the same value */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
