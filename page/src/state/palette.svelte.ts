/** The colours of style.css for what is drawn on a canvas, in the light that the page is in just now. */

export type Colour = [number, number, number];

const NAMES = ['ink', 'sheet', 'rest', 'favour', 'against', 'mark', 'control'] as const;

type Colours = Record<(typeof NAMES)[number], Colour>;

export const css = ([red, green, blue]: Colour, opacity = 1) => `rgb(${red} ${green} ${blue} / ${opacity})`;

class Palette {
  colours = $state.raw<Colours>(Object.fromEntries(NAMES.map((name) => [name, [128, 128, 128]])) as Colours);
  scheme = $state<'light dark' | 'light' | 'dark'>('light dark');

  constructor() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.read());
    matchMedia('(forced-colors: active)').addEventListener('change', () => this.read());
  }

  choose(scheme: typeof this.scheme): void {
    this.scheme = scheme;
    document.documentElement.style.colorScheme = scheme;
    this.read();
  }

  read(): void {
    const probe = document.body.appendChild(document.createElement('span'));
    probe.className = 'picture';
    this.colours = Object.fromEntries(
      NAMES.map((name) => {
        probe.style.color = `var(--${name})`;
        return [name, (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)];
      }),
    ) as Colours;
    probe.remove();
  }

  /** From a node at rest to full ink, for 0 to 1. */
  lit(share: number): Colour {
    return mix(this.colours.rest, this.colours.ink, Math.min(1, share));
  }

  /** Below 0 orange, above blue, at 0 a node at rest; -1 to 1. */
  balance(share: number): Colour {
    const {rest, favour, against} = this.colours;
    return mix(rest, share < 0 ? against : favour, Math.min(1, Math.abs(share)));
  }
}

function mix(from: Colour, to: Colour, share: number): Colour {
  return from.map((part, at) => Math.round(part + (to[at] - part) * share)) as Colour;
}

export const palette = new Palette();
