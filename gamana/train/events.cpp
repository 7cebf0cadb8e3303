#include "gamana/train/events.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "gamana/base/check.h"
#include "gamana/base/file.h"

namespace gamana {
namespace {

// CRC-32C (Castagnoli), reflected polynomial, a byte at a time.
uint32_t crc32c(const std::string& bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> t;
    for (uint32_t i = 0; i < 256; ++i) {
      t[i] = i;
      for (int bit = 0; bit < 8; ++bit) t[i] = t[i] >> 1 ^ (t[i] & 1 ? 0x82F63B78u : 0);
    }
    return t;
  }();
  uint32_t crc = ~0u;
  for (const char c : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(c)) & 255];
  return ~crc;
}

template <class T>
std::string bytes_of(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

// Masked, so that a CRC of what holds CRCs stays a good one.
std::string masked_crc(const std::string& bytes) {
  const uint32_t crc = crc32c(bytes);
  return bytes_of((crc >> 15 | crc << 17) + 0xA282EAD8u);
}

// A message in protobuf's wire format: fields by number. Debian's SentencePiece brings a protobuf of its own under the
// same names, so a program that links another one beside it crashes; scalars need four kinds of fields.
class Message {
 public:
  Message& number(int field, uint64_t value) { return key(field, 0), varint(value), *this; }
  Message& real(int field, double value) { return key(field, 1), bytes_ += bytes_of(value), *this; }
  Message& real(int field, float value) { return key(field, 5), bytes_ += bytes_of(value), *this; }
  Message& bytes(int field, const std::string& value) {
    return key(field, 2), varint(value.size()), bytes_ += value, *this;
  }
  Message& message(int field, const Message& value) { return bytes(field, value.bytes_); }
  const std::string& text() const { return bytes_; }

 private:
  void key(int field, int kind) { varint(static_cast<uint64_t>(field << 3 | kind)); }
  void varint(uint64_t value) {
    for (; value >= 128; value >>= 7) bytes_ += static_cast<char>(value | 128);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

// tensorflow.Event: wall_time = 1, step = 2 (0 is not written).
Message event_at(double time, int64_t step) {
  Message event;
  event.real(1, time);
  if (step != 0) event.number(2, static_cast<uint64_t>(step));
  return event;
}

std::string record(const Message& event) {
  const std::string& data = event.text();
  const std::string length = bytes_of(static_cast<uint64_t>(data.size()));
  return length + masked_crc(length) + data + masked_crc(data);
}

double wall_time() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

std::string version_record(double time) {
  return record(event_at(time, 0).bytes(3, "brain.Event:2"));  // file_version
}

std::string start_record(double time, int64_t step) {
  return record(event_at(time, step).message(7, Message().number(1, 1)));  // session_log {status: START}
}

std::string scalars_record(double time, int64_t step, const Scalars& scalars) {
  Message summary;  // value {tag, simple_value}
  for (const auto& [tag, value] : scalars)
    summary.message(1, Message().bytes(1, tag).real(2, static_cast<float>(value)));
  return record(event_at(time, step).message(5, summary));
}

EventFile::EventFile(const std::string& directory, int64_t first_step) {
  char host[256] = "host";
  ::gethostname(host, sizeof host - 1);
  const double time = wall_time();
  path_ = join_path(directory, fmt::format("events.out.tfevents.{:010}.{}.{}", static_cast<int64_t>(time), host,
                                           ::getpid()));
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail("cannot write {}: {}", path_, std::strerror(errno));
  append(version_record(time));
  if (first_step > 0) append(start_record(time, first_step));
}

EventFile::~EventFile() { ::close(descriptor_); }

void EventFile::add(int64_t step, const Scalars& scalars) { append(scalars_record(wall_time(), step, scalars)); }

// In one piece: a process that is killed leaves whole records. On a disk that is full only a part may be taken.
void EventFile::append(const std::string& record) {
  errno = ENOSPC;
  if (::write(descriptor_, record.data(), record.size()) != static_cast<ssize_t>(record.size()))
    fail("cannot write {}: {}", path_, std::strerror(errno));
}

}  // namespace gamana
