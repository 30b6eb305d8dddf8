import type { Question } from '../types.js';
import { address } from './address.js';
import { become } from './become.js';
import { carpLink } from './carp-link.js';
import { devices } from './devices.js';
import { existing } from './existing.js';
import { exportsTo, nfsVersion } from './exports.js';
import { failback } from './failback.js';
import { layout } from './layout.js';
import { login } from './login.js';
import { mode } from './mode.js';
import { mounts } from './mounts.js';
import { name } from './name.js';
import { names } from './names.js';
import { password } from './password.js';
import { pool } from './pool.js';
import { pools } from './pools.js';
import { preferred } from './preferred.js';
import { providers } from './providers.js';
import { replication } from './replication.js';
import { served } from './served.js';
import { services } from './services.js';
import { shares } from './shares.js';
import { lun, targets } from './targets.js';
import { trouble } from './trouble.js';
import { use } from './use.js';
import { uses } from './uses.js';
import { vhid } from './vhid.js';
import { witness } from './witness.js';
import { zvolName } from './zvol-name.js';
import { zvolSize } from './zvol-size.js';

/** Every question, in order; each stands after those that it needs. */
export const QUESTIONS: readonly Question[] = [
  login(1),
  become(1),
  login(2),
  become(2),
  trouble,
  existing,
  replication,
  carpLink,
  address,
  vhid,
  witness,
  providers,
  devices,
  pools,
  zvolName,
  zvolSize,
  names,
  use,
  uses,
  layout,
  pool,
  mounts,
  served,
  exportsTo,
  nfsVersion,
  lun,
  targets,
  shares,
  services,
  name,
  preferred,
  mode,
  failback,
  password,
];
