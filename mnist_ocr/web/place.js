// @ts-check
/*
 * What both parts begin with; Python puts it before each of them.
 *
 * Streamlit calls a part's function when the part appears, and again for all new data and for another theme; what
 * the first call built is found again by the shadow tree that it stands in.
 */

/**
 * @template Data
 * @typedef {object} Call what Streamlit hands to a part
 * @property {ShadowRoot} parentElement
 * @property {Data} data
 * @property {(name: string, value: unknown) => void} setStateValue tells Python, which runs the page again
 */

/**
 * Build a part once for each place that it stands in.
 *
 * @template Part
 * @param {(root: HTMLElement) => Part} build
 * @returns {(place: ShadowRoot) => Part}
 */
function once(build) {
  /** @type {WeakMap<ShadowRoot, {root: HTMLElement, part: Part}>} */
  const built = new WeakMap();
  return (place) => {
    const home = /** @type {HTMLElement} */ (place.querySelector('.viewer'));
    takeLight(home);
    const before = built.get(place);
    if (before?.root.isConnected) return before.part;
    const root = home.appendChild(document.createElement('div'));
    const part = build(root);
    built.set(place, {root, part});
    return part;
  };
}

/**
 * Take the page's light, which need not be that of the system.
 *
 * @param {HTMLElement} home
 */
function takeLight(home) {
  const probe = home.appendChild(document.createElement('span'));
  probe.style.color = 'var(--st-background-color)';
  const [red, green, blue] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(Number);
  probe.remove();
  home.style.colorScheme = red + green + blue < (3 * 255) / 2 ? 'dark' : 'light';
}
