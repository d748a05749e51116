// @ts-check
/**
 * The sum of numbers without any rounding but the last: what `math.fsum` is in Python.
 *
 * Adding two floats loses a little, and the little can be computed exactly: it is again a float. So the sum is
 * kept as a list of floats that do not overlap, the smallest first; whatever one addition loses becomes a new
 * member of the list (J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
 * Predicates", 1997). The page adds up the terms of a node with it, to show what a plain loop rounds away.
 */

/**
 * @param {Iterable<number>} numbers finite, and far from the largest float
 * @returns {number} the float nearest to their exact sum
 */
export function exactSum(numbers) {
  /** @type {number[]} */
  const partials = [];
  for (let number of numbers) {
    let kept = 0;
    for (let partial of partials) {
      if (Math.abs(number) < Math.abs(partial)) [number, partial] = [partial, number];
      const sum = number + partial;
      const lost = partial - (sum - number);
      if (lost !== 0) partials[kept++] = lost;
      number = sum;
    }
    partials.length = kept;
    partials.push(number);
  }
  return rounded(partials);
}

/**
 * The float nearest to the sum of partials that do not overlap, half-way cases to the even one.
 * @param {number[]} partials
 * @returns {number}
 */
function rounded(partials) {
  let place = partials.length - 1;
  if (place < 0) return 0;
  let sum = partials[place];
  let lost = 0;
  while (place > 0 && lost === 0) {
    const before = sum;
    const next = partials[--place];
    sum = before + next;
    lost = next - (sum - before);
  }
  // Exactly half-way as far as these two tell; what is left below may still decide.
  if (place > 0 && Math.sign(lost) === Math.sign(partials[place - 1])) {
    const twice = lost * 2;
    const moved = sum + twice;
    if (twice === moved - sum) sum = moved;
  }
  return sum;
}
