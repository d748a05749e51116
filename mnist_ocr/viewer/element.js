// @ts-check
/**
 * Elements of the page, made without a word of HTML: whatever a model file says can only ever become text.
 */

/**
 * Make an element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag what it is
 * @param {Record<string, string | number | boolean | ((event: any) => void)>} [attributes] a function under
 *   `onclick` and the like listens; true is an attribute without a value, false is none
 * @param {...(Node | string)} children text stays text
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      made.addEventListener(name.slice(2), value);
    } else if (value !== false) {
      made.setAttribute(name, value === true ? '' : String(value));
    }
  }
  made.append(...children);
  return made;
}

/**
 * A button that says what it does.
 *
 * @param {string} words on it
 * @param {() => void} does when it is pressed
 * @param {Record<string, string | number | boolean>} [attributes]
 */
export function button(words, does, attributes = {}) {
  return element('button', {type: 'button', onclick: does, ...attributes}, words);
}

/**
 * @typedef {object} Choice
 * @property {HTMLElement} root
 * @property {(value: string) => void} set
 * @property {() => void} clear nothing is chosen
 * @property {(value: string, may: boolean) => void} allow whether a value can be chosen
 */

/**
 * A choice of one among a few, all in sight: radio buttons that look like one switch.
 *
 * @param {string} name what is chosen, for those who do not see it
 * @param {[string, string][]} choices value and words of each
 * @param {string} chosen the value to begin with
 * @param {(value: string) => void} onChoice
 * @returns {Choice}
 */
export function choice(name, choices, chosen, onChoice) {
  const group = `choice-${(groups += 1)}`;
  const root = element('div', {class: 'choice', role: 'radiogroup', 'aria-label': name});
  /** @type {Map<string, HTMLInputElement>} */
  const inputs = new Map();
  for (const [value, words] of choices) {
    const input = element('input', {type: 'radio', name: group, value, onchange: () => onChoice(value)});
    input.checked = value === chosen;
    inputs.set(value, input);
    root.append(element('label', {}, input, element('span', {}, words)));
  }
  const of = (/** @type {string} */ value) => /** @type {HTMLInputElement} */ (inputs.get(value));
  return {
    root,
    set: (value) => void (of(value).checked = true),
    clear: () => inputs.forEach((input) => void (input.checked = false)),
    allow: (value, may) => void (of(value).disabled = !may),
  };
}

let groups = 0;
