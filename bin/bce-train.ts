import { leave, processIo } from '../src/cli/io.js';
import { main } from '../src/cli/train/main.js';

const io = processIo();
main(process.argv.slice(2), io).then((exitCode) => leave(exitCode, io));
