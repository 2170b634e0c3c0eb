// A program that migrates the database of its argument, for tests that race several.
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';

const database = await openDatabase(process.argv[2] ?? '');
await migrate(database);
await database.close();
