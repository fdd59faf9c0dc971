// An SMSC on node-smpp for the system tests: JSON lines in, JSON lines out.
//
// The first line configures it: {port, passwords: {system_id: password}, version, tls: {key, cert, ca}}.
// Then orders: {do: "send", id, command, pdu}, {do: "answer", statuses}, {do: "receipts", form}, {do: "enquire", id},
// {do: "unbind", id}.  Events: listening, bound, refused, submit, message, answer, enquired, unbound,
// set, closed, fault.  Octets travel as {hex: "..."}, a text with a user data header as {udh: hex, message: "..."}.
'use strict';

const readline = require('readline');
const smpp = require('smpp');

const sessions = []; // bound, latest last
const parts = new Map(); // of long messages
let statuses = []; // with which the next submit_sm are answered; then ESME_ROK
let receiptForm = 'text';
let lastMessageId = 0;

function tell(event, fields) {
  process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');
}

function octets(value) {
  if (value && typeof value.hex === 'string') return Buffer.from(value.hex, 'hex');
  if (value && typeof value.udh === 'string') return { udh: Buffer.from(value.udh, 'hex'), message: value.message };
  return value;
}

function receiver() {
  return sessions.filter((session) => session.command !== 'bind_transmitter').pop().session;
}

function request(session, id, command, fields) {
  const pdu = new smpp.PDU(command, fields);
  session.send(pdu, (answer) => tell('answer', { id, command: answer.command, status: answer.command_status }));
}

function bind(config, session, pdu) {
  const right = config.passwords[pdu.system_id] === pdu.password;
  const status = right ? smpp.ESME_ROK : smpp.ESME_RINVPASWD;
  const answer = { command_status: status, system_id: 'node' };
  if (config.version) answer.sc_interface_version = config.version;
  session.send(pdu.response(answer));
  const { command, system_id, interface_version } = pdu;
  if (!right) {
    tell('refused', { command, system_id });
    session.close();
    return;
  }
  const certificate = session.socket.getPeerCertificate ? session.socket.getPeerCertificate().subject.CN : null;
  sessions.push({ session, command });
  tell('bound', { command, system_id, interface_version, certificate });
}

function submitted(session, pdu) {
  const status = statuses.length ? statuses.shift() : smpp.ESME_ROK;
  const { source_addr, destination_addr, esm_class, data_coding, sequence_number } = pdu;
  tell('submit', { source_addr, destination_addr, esm_class, data_coding, sequence_number, status });
  if (status) {
    session.send(pdu.response({ command_status: status }));
    return;
  }
  lastMessageId += 1;
  const reported = pdu.registered_delivery & 1;
  if (reported && receiptForm === 'early') receipt(pdu, 'text');
  session.send(pdu.response({ message_id: writtenId(receiptForm === 'decimal id') }));
  assemble(pdu);
  if (reported && receiptForm !== 'early') receipt(pdu, receiptForm);
}

function writtenId(hexadecimal) {
  return hexadecimal ? (1000 + lastMessageId).toString(16).toUpperCase() : String(1000 + lastMessageId);
}

function receipt(pdu, form) {
  const id = form === 'hex id' ? '0000' + writtenId(true) : writtenId(false);
  const text = `id:${id} sub:001 dlvrd:001 submit date:0805011021 done date:0805011022 stat:DELIVRD err:000 text:`;
  const fields = {
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
    data_coding: form === 'ascii as ucs2' ? 8 : 0,
    short_message: form === 'tlvs' ? Buffer.alloc(0) : Buffer.from(text, 'ascii'),
  };
  if (form === 'tlvs') Object.assign(fields, { receipted_message_id: id, message_state: 2 });
  request(receiver(), 'receipt', 'deliver_sm', fields);
}

// A long MT as a phone would show it: header, TLVs or payload, parts joined in their order.
function assemble(pdu) {
  const { source_addr, destination_addr } = pdu;
  const whole = (text, mode, total) => tell('message', { source_addr, destination_addr, text, mode, parts: total });
  if (pdu.message_payload) return whole(pdu.message_payload.message, 'payload', 1);
  let place = null;
  for (const element of pdu.short_message.udh || []) {
    if (element[0] === 0) place = ['udh', element[2], element[3], element[4]];
    if (element[0] === 8) place = ['udh16', element.readUInt16BE(2), element[4], element[5]];
  }
  if (pdu.sar_total_segments) {
    place = ['sar', pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum];
  }
  if (!place) return whole(pdu.short_message.message, 'plain', 1);
  const [mode, reference, total, number] = place;
  const key = [source_addr, destination_addr, mode, reference, total].join('|');
  const texts = parts.get(key) || new Map();
  parts.set(key, texts.set(number, pdu.short_message.message));
  if (texts.size < total) return undefined;
  parts.delete(key);
  return whole([...texts.keys()].sort((a, b) => a - b).map((each) => texts.get(each)).join(''), mode, total);
}

function accept(config, session) {
  for (const command of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
    session.on(command, (pdu) => bind(config, session, pdu));
  }
  session.on('submit_sm', (pdu) => submitted(session, pdu));
  session.on('enquire_link', (pdu) => {
    session.send(pdu.response());
    tell('enquired', {});
  });
  session.on('unbind', (pdu) => {
    tell('unbound', {});
    session.send(pdu.response());
    session.close();
  });
  session.on('generic_nack', (pdu) => tell('nack', { status: pdu.command_status }));
  session.on('error', (error) => tell('fault', { message: error.message }));
  session.on('close', () => {
    const place = sessions.findIndex((each) => each.session === session);
    if (place >= 0) sessions.splice(place, 1);
    tell('closed', {});
  });
}

function obey(order) {
  switch (order.do) {
    case 'send': {
      const fields = Object.fromEntries(Object.entries(order.pdu).map(([key, value]) => [key, octets(value)]));
      return request(receiver(), order.id, order.command, fields);
    }
    case 'answer':
      statuses = order.statuses;
      return tell('set', {});
    case 'receipts':
      receiptForm = order.form;
      return tell('set', {});
    case 'enquire':
      return request(receiver(), order.id, 'enquire_link', {});
    case 'unbind':
      return request(receiver(), order.id, 'unbind', {});
    default:
      return tell('fault', { message: `no such order: ${order.do}` });
  }
}

function start(config) {
  const options = config.tls ? { ...config.tls, requestCert: true, rejectUnauthorized: true } : {};
  const server = smpp.createServer(options, (session) => accept(config, session));
  server.on('tlsClientError', (error) => tell('fault', { message: error.message }));
  server.listen(config.port, '127.0.0.1', () => tell('listening', { port: server.address().port }));
}

let started = false;
readline
  .createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line);
    if (started) obey(order);
    else start(order);
    started = true;
  })
  .on('close', () => process.exit(0));
