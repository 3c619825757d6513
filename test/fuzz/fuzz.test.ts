/** A few cases of the fuzzer: `npm run fuzz` runs as many as there is time for. */
import { describe, it } from 'node:test';
import { PROPERTIES } from './properties.js';

describe('random files', () => {
  for (const property of PROPERTIES) {
    it(`hold to: ${property.name}`, async () => {
      for (let seed = 1; seed <= 25; seed++) await property.check(seed);
    });
  }
});
