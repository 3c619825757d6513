/** Work that begins before it is waited for. */

/**
 * Items in their order, up to `most()` of them asked for before they are taken. `begin` is called with each as
 * soon as it comes, and what it returns is taken in its place. An error of the items comes after those before it.
 */
export async function* ahead<T, U>(
  items: AsyncGenerator<T>,
  most: () => number,
  begin: (item: T) => U,
): AsyncGenerator<U> {
  const coming: Promise<{ readonly begun: U } | undefined>[] = [];
  for (;;) {
    while (coming.length < most()) {
      const next = items.next().then(({ done, value }) => (done ? undefined : { begun: begin(value) }));
      // nobody may be left to hear of it
      next.catch(() => {});
      coming.push(next);
    }
    const item = await coming.shift();
    if (item === undefined) return;
    yield item.begun;
  }
}
