import { renderSVG } from 'uqr';

/** The margin that readers of QR codes need, in modules (ISO/IEC 18004 §5.3.8). */
const QUIET = 4;

/** A QR code as the address of an image. Black on white whatever the page looks like: not every reader knows it inverted. */
export function qrImage(text: string): string {
  const svg = renderSVG(text, { ecc: 'M', border: QUIET, whiteColor: '#fff', blackColor: '#000' });
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

/** A secret as it is read out and typed: in groups of four. */
export function inFours(secret: string): string {
  return secret.replaceAll(/.{4}(?=.)/gu, '$& ');
}
