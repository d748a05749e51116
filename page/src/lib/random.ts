/**
 * Random numbers from a seed: the same for everybody who says the same seed.
 *
 * Uniform ones are those of Marsaglia's xorshift (2003) with 32 bits, normal ones those of Box and Muller (1958). The
 * page's start and order are its own; they are not those that Python draws from the same seed.
 */

export function uniforms(seed: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b1) | 1) >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
}

export function normals(seed: number): () => number {
  const next = uniforms(seed);
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}

/** The numbers 0 to count - 1 in a random order (Fisher and Yates, 1938). */
export function permutation(count: number, next: () => number): Uint32Array {
  const order = Uint32Array.from({length: count}, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}
