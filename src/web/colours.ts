import { ColorSpace, contrastWCAG21, getColor, OKLCH, serialize, sRGB, to, toGamut } from 'colorjs.io/fn';

ColorSpace.register(sRGB);
ColorSpace.register(OKLCH);

type Scheme = {
  /** Everything of `views/assets/aluco.css` that text or a button in the accent may stand on, by token. */
  readonly grounds: Readonly<Record<'ground' | 'surface' | 'sunken', string>>;
  /** Which way the accent goes until it can be read: towards black or towards white. */
  readonly away: -1 | 1;
  /** Text on a button: how light, and how much of the hue it may keep. */
  readonly on: readonly [lightness: number, chroma: number];
  /** The glow at the top of a page. */
  readonly sky: readonly [lightness: number, chroma: number];
  /** From this lightness on, hovering goes back towards the ground: there is nothing left the other way. */
  readonly turn: number;
};

export const SCHEMES: Readonly<Record<'light' | 'dark', Scheme>> = {
  light: {
    grounds: { ground: '#f5f3ee', surface: '#fffefb', sunken: '#f0eee7' },
    away: -1,
    on: [1, 0],
    sky: [0.925, 0.02],
    turn: 0.35,
  },
  dark: {
    grounds: { ground: '#0e1220', surface: '#171d30', sunken: '#1f2740' },
    away: 1,
    on: [0.17, 0.02],
    sky: [0.28, 0.06],
    turn: 0.85,
  },
};

/** What lies over a ground under the pointer: grey, 14 % of it. */
const VEIL = { red: 128, green: 132, blue: 160, share: 0.14 };
/** WCAG asks for 4.5; a little more, so that no rounding falls below. */
const READABLE = 4.55;
const STEP = 0.005;

/** The tokens that follow from a colour, without their dashes. */
export type Shades = Readonly<
  Record<'act' | 'act-hover' | 'act-active' | 'on-act' | 'link' | 'link-hover' | 'amber' | 'sky', string>
>;

/** A ground with the veil over it. */
export function veiled(ground: string): string {
  const { red, green, blue, share } = VEIL;
  const mixed = [red, green, blue].map((value, index) => {
    const below = Number.parseInt(ground.slice(1 + 2 * index, 3 + 2 * index), 16);
    return Math.round(value * share + below * (1 - share));
  });
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** The nearest colour that screens can show, as `#rrggbb`. */
function shade(lightness: number, chroma: number, hue: number): string {
  const within = Math.min(1, Math.max(0, lightness));
  const shown = toGamut({ space: OKLCH, coords: [within, chroma, hue] }, { space: sRGB });
  return serialize(to(shown, sRGB), { format: 'hex', collapse: false });
}

/**
 * The shades of a colour like `#7a3e12` for one scheme. It keeps its hue, and its lightness as far as text in it can be
 * read on every ground, and text on it.
 */
export function shadesOf(colour: string, { grounds, away, on, sky, turn }: Scheme): Shades {
  const [lightness, chroma, hue] = to(colour, OKLCH).coords.map((value) => value ?? 0) as [number, number, number];
  const tint = (most: number): number => Math.min(chroma, most);
  const onAct = shade(on[0], tint(on[1]), hue);
  const glow = shade(sky[0], tint(sky[1]), hue);
  const below = [...Object.values(grounds), glow];
  const against = [...below, ...below.map(veiled), onAct].map((text) => getColor(text));
  const isReadable = (candidate: string): boolean => {
    const color = getColor(candidate);
    return against.every((other) => contrastWCAG21(other, color) >= READABLE);
  };

  let accent = lightness;
  while (!isReadable(shade(accent, chroma, hue)) && (away === -1 ? accent > 0 : accent < 1)) accent += away * STEP;
  const back = away === -1 ? accent <= turn : accent >= turn;
  const shifted = (by: number): string => {
    const wanted = shade(accent + (back ? -away : away) * by, chroma, hue);
    return isReadable(wanted) ? wanted : shade(accent + away * by, chroma, hue);
  };
  const act = shade(accent, chroma, hue);
  const hover = shifted(0.06);
  return {
    act,
    'act-hover': hover,
    'act-active': shifted(0.11),
    'on-act': onAct,
    link: act,
    'link-hover': hover,
    amber: act,
    sky: glow,
  };
}

/** A stylesheet that puts a colour in the place of our own, in both schemes. */
export function styleOf(colour: string): string {
  const rule = (scheme: Scheme): string => {
    const tokens = Object.entries(shadesOf(colour, scheme)).map(([name, value]) => `--${name}:${value}`);
    return `:root{${tokens.join(';')}}`;
  };
  return `${rule(SCHEMES.light)}@media (prefers-color-scheme:dark){${rule(SCHEMES.dark)}}`;
}
