import { writeFileSync } from 'node:fs';
import { createProgram } from '../cli.js';
import { manPage } from './page.js';

// A step of the build: the manual page beside what it describes.
const { stdin, stdout, stderr, env } = process;
const { signal } = new AbortController();
const io = { stdin, stdout, stderr, env, cwd: process.cwd(), now: () => new Date(), signal };
const page = manPage(createProgram(io, '', async () => {}));
writeFileSync(new URL('../hastconf.8', import.meta.url), page);
