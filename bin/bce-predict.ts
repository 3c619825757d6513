import { leave, processIo } from '../src/cli/io.js';
import { predictMain } from '../src/cli/predict/main.js';

const io = processIo();
predictMain(process.argv.slice(2), io).then((exitCode) => leave(exitCode, io));
