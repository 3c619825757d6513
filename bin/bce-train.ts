import { processIo } from '../src/cli/io.js';
import { main } from '../src/cli/train/main.js';

main(process.argv.slice(2), processIo()).then((exitCode) => {
  process.exitCode = exitCode;
});
