#pragma once
// Numbers of a run as TensorBoard reads them: OUT/events.out.tfevents.<time>.<host>.<process>, a file of records.
#include <cstdint>
#include <map>
#include <string>

namespace gamana {

using Scalars = std::map<std::string, double>;  // by tag, such as "eval/bleu"

// One record: length, masked CRC of the length, event, masked CRC of the event (TensorFlow's record_writer.cc). `time` in
// seconds since 1970.
std::string version_record(double time);
std::string start_record(double time, int64_t step);  // readers drop what they have from this step on
std::string scalars_record(double time, int64_t step, const Scalars& scalars);

// A new file, which grows by one record at a time. Throws Error if it cannot be written.
class EventFile {
 public:
  // A run that goes on says so with the first step that follows; 0: it begins.
  EventFile(const std::string& directory, int64_t first_step);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  void add(int64_t step, const Scalars& scalars);

 private:
  void append(const std::string& record);

  std::string path_;
  int descriptor_;
};

}  // namespace gamana
