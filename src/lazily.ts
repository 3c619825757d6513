/** What `make` makes, made when it is first asked for: tables that most runs need nothing of would take their time at every start. */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
