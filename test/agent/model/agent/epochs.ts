import { Epoch } from '../codes.js';

/** compare_epochs */
export function compare_epochs(e: number, agreed: number, peerE: number, peerAgreed: number): number {
  if (e === peerE) return agreed >= e || peerAgreed >= e ? Epoch.equal : Epoch.diverged;
  if (e > peerE) return agreed >= peerE || peerAgreed >= peerE ? Epoch.ahead : Epoch.diverged;
  return peerAgreed >= e || agreed >= e ? Epoch.behind : Epoch.diverged;
}
