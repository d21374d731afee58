// Makes a member of staff who has an authenticator and prints who it is as JSON. A process of its own, because SRP's big numbers are slow
// inside Jest. Argument: the user name. TENANTRY_LOCAL_STACK names the stack.
import { seedStaffOperator } from '../../../local/staff-operator.ts';
import { localStackRecord } from './local-world.ts';

const { endpoint, region, credentials, outputs } = localStackRecord();
const { StaffUserPoolId: userPoolId = '', StaffUserPoolClientId: clientId = '' } = outputs;
const member = await seedStaffOperator({ endpoint, region, credentials, userPoolId, clientId }, process.argv[2]);
process.stdout.write(JSON.stringify(member));
