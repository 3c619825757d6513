import { processIo } from '../src/cli/io.js';
import { predictMain } from '../src/cli/predict/main.js';

predictMain(process.argv.slice(2), processIo()).then((exitCode) => {
  process.exitCode = exitCode;
});
